"""The audio tower hears all of a wave, of any length, and hides parts in training only."""

import numpy as np
import pytest
import torch

from v2meow_pipeline.encoders.mel import power_mel
from v2meow_pipeline.encoders.mulan.config import MulanConfig, SoundConfig
from v2meow_pipeline.encoders.mulan.sound import FLOOR, SoundTower


@pytest.fixture
def tower(tiny_own: MulanConfig) -> SoundTower:
    torch.manual_seed(0)
    return SoundTower(tiny_own.sound, 8).eval()


def noise(*shape: int) -> torch.Tensor:
    return 0.1 * torch.randn(*shape, generator=torch.Generator().manual_seed(1))


def test_the_spectrogram_equals_the_reference() -> None:
    """Catches a squared magnitude that is not one, and a frame too many."""
    tower = SoundTower(SoundConfig(), 8)
    wave = noise(1, 160_000)
    expected = np.log(power_mel(wave[0].numpy(), 16_000, 1024, 160, 128)[:1000] + FLOOR)
    np.testing.assert_allclose(tower.log_mel(wave)[0].T.numpy(), expected, atol=1e-3)


def test_no_band_is_empty() -> None:
    """Catches filters narrower than the spectrum's bins, which would be silent for ever."""
    assert (SoundTower(SoundConfig(), 8).filters.sum(dim=1) > 0).all()


def test_all_of_a_segment_is_heard(tower: SoundTower) -> None:
    """Catches patches that do not reach the ends."""
    wave = noise(1, tower.config.segment_samples).requires_grad_()
    tower(wave).square().sum().backward()
    assert wave.grad is not None
    heard = wave.grad.abs().view(-1, 640).sum(dim=1)
    assert (heard > 0).all()


@pytest.mark.parametrize("samples", [1, 2000, 5120, 10_239])
def test_shorter_waves_have_vectors(tower: SoundTower, samples: int) -> None:
    """Catches positions that exist for one length only."""
    assert tower(noise(2, samples)).shape == (2, 8)


def test_time_and_pitch_are_told_apart(tower: SoundTower) -> None:
    """Catches positions that are forgotten: an early sound would be a late one."""
    wave = noise(1, tower.config.segment_samples)
    wave[:, 5120:] = 0
    assert not torch.allclose(tower(wave), tower(wave.flip(1)), atol=1e-4)


def test_a_step_sees_part_of_the_patches_and_an_evaluation_all(tower: SoundTower) -> None:
    """Catches hiding that goes on after training, and hiding that never happens."""
    wave = noise(2, tower.config.segment_samples)
    assert torch.equal(tower(wave), tower(wave))
    tower.train()
    assert not torch.allclose(tower(wave), tower(wave))
    assert tower._kept(torch.randn(2, 8, 3)).shape == (2, 4, 3)


def test_masks_are_stretches_of_their_length(tower: SoundTower) -> None:
    """Catches a mask that covers everything or lies outside."""
    torch.manual_seed(0)
    spectrogram = torch.ones(200, 32, 64)
    hidden = tower._masked(spectrogram) == 0
    bands, frames = hidden.all(dim=2).sum(dim=1), hidden.all(dim=1).sum(dim=1)
    assert bands.min() == 0 and bands.max() == 4
    assert frames.min() == 0 and frames.max() == 8


def test_bands_are_standardised_on_what_is_given(tower: SoundTower) -> None:
    """Catches statistics over the wrong axis."""
    waves = [noise(3, 10_240), 0.01 * noise(3, 10_240)]
    tower.standardise_on(waves)
    standard = torch.cat([(tower.log_mel(part) - tower.mean) / tower.deviation for part in waves])
    torch.testing.assert_close(standard.mean(dim=(0, 2)), torch.zeros(32), atol=1e-3, rtol=0)
    torch.testing.assert_close(standard.std(dim=(0, 2)), torch.ones(32), atol=1e-2, rtol=0)
