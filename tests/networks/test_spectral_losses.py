"""Spectral losses: zero where they must be, and sensitive to what is heard."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from v2meow_pipeline.networks.spectral_losses import MelLoss, StftLoss, magnitudes

RATE = 16_000
LOSSES = [MelLoss(RATE), StftLoss(RATE)]


def chord(*frequencies_hz: float, samples: int = 8_000) -> Tensor:
    t = torch.arange(samples) / RATE
    return sum((0.2 * torch.sin(2 * math.pi * f * t) for f in frequencies_hz), torch.zeros(samples))


def noise(seed: int, samples: int = 8_000) -> Tensor:
    return 0.1 * torch.randn(samples, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("loss", LOSSES)
def test_equal_waves_cost_nothing(loss: nn.Module) -> None:
    """Catches a floor or scale that is applied to one side only."""
    waves = torch.stack([chord(220, 440), noise(1), torch.zeros(8_000)])
    assert loss(waves, waves).item() == 0


@pytest.mark.parametrize("loss", LOSSES)
def test_gradient_is_finite_everywhere_and_leads_downhill(loss: nn.Module) -> None:
    """Catches the root of zero, whose gradient is infinite in silence and at equality."""
    wanted = torch.stack([chord(220, 440), torch.zeros(8_000), noise(1)])
    made = torch.stack([noise(2), torch.zeros(8_000), noise(1)]).requires_grad_()
    before = loss(made, wanted)
    (gradient,) = torch.autograd.grad(before, made)
    assert gradient.isfinite().all()
    assert gradient[0].abs().sum() > 0
    assert loss(made - 1e-3 * gradient / gradient.abs().max(), wanted) < before


@pytest.mark.parametrize("loss", LOSSES)
def test_a_missing_harmonic_is_missed(loss: nn.Module) -> None:
    """Catches a loss blind to pitch: a chord without one of its notes must cost more than the same chord delayed."""
    whole = chord(220, 440, 660)
    delayed = torch.roll(whole, 7)
    gap, shift = loss(chord(220, 440)[None], whole[None]), loss(delayed[None], whole[None])
    assert gap > 2 * shift


@pytest.mark.parametrize("loss", LOSSES)
def test_order_of_the_batch_does_not_matter(loss: nn.Module) -> None:
    """Catches axes mixed up, so that examples are compared with their neighbours."""
    made, wanted = torch.stack([noise(i) for i in range(3)]), torch.stack([noise(i) for i in range(3, 6)])
    order = [2, 0, 1]
    assert math.isclose(loss(made, wanted).item(), loss(made[order], wanted[order]).item(), rel_tol=1e-5)


def test_the_mel_loss_is_the_papers_formula() -> None:
    """Catches a lost square root or weight: one window, computed again in NumPy, frame by frame."""
    made, wanted, window, floor = noise(1, 512), noise(2, 512), 128, 1e-5
    loss = MelLoss(RATE, windows=(window,), bands=16)
    filters = loss.get_buffer("filters_128").numpy()
    shape = np.hanning(window + 1)[:-1]
    frames = []
    for wave in (made.numpy(), wanted.numpy()):
        padded = np.pad(wave, window // 2, mode="reflect")
        starts = range(0, len(wave) + 1, window // 4)
        frames.append([np.abs(np.fft.rfft(padded[s : s + window] * shape)) @ filters for s in starts])
    low = floor * window / 4
    expected = np.mean(
        [
            np.abs(a - b).sum() + np.sqrt(window / 2) * np.sqrt((np.log((a + low) / (b + low)) ** 2).sum())
            for a, b in zip(*frames, strict=True)
        ]
    )
    np.testing.assert_allclose(loss(made[None], wanted[None]).item(), expected, rtol=1e-4)


def test_every_band_of_every_window_hears_something() -> None:
    """Catches triangles too narrow for a short window: a band of zeros would compare floors."""
    loss = MelLoss(RATE)
    for window in loss.windows:
        assert (loss.get_buffer(f"filters_{window}").sum(0) > 0.99).all()


def test_a_sine_reaches_half_the_windows_sum() -> None:
    """Catches a floor that is off by the window's scale."""
    spectra = magnitudes(5 * chord(1_000)[None], torch.hann_window(512), 128)
    assert math.isclose(spectra[0, 20].max().item(), 512 / 4, rel_tol=1e-3)


def test_losses_learn_a_filter() -> None:
    """Catches a sign or a detached branch: an equaliser must learn to restore what another took away."""
    wanted = torch.stack([noise(i) for i in range(4)])
    shaped = nn.functional.conv1d(wanted[:, None], torch.tensor([[[0.5, 0.4, 0.0]]]), padding=1)
    torch.manual_seed(0)
    equaliser = nn.Conv1d(1, 1, 9, padding=4)
    optimiser = torch.optim.Adam(equaliser.parameters(), 0.02)
    first = last = 0.0
    for step in range(60):
        loss = LOSSES[0](equaliser(shaped)[:, 0], wanted)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        first, last = (loss.item(), last) if step == 0 else (first, loss.item())
    assert last < 0.25 * first
