"""Discriminators: shapes, what they can tell apart, and gradients to the wave."""

import pytest
import torch
from torch import Tensor

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.adversarial_losses import discriminator_loss, generator_loss
from v2meow_pipeline.networks.discriminators import Discriminators, DiscriminatorsConfig, StftDiscriminator

SAMPLES = 2_048


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def tones(batch: int) -> Tensor:
    frequencies = 200 + 400 * torch.rand(batch, 1)
    phases = 6.28 * torch.rand(batch, 1)
    return 0.3 * torch.sin(6.2832 * frequencies * torch.arange(SAMPLES) / 16_000 + phases)


def test_each_discriminator_has_logits_over_time_and_a_feature_a_layer() -> None:
    """Catches a pooled verdict, or layers that feature matching never sees."""
    config = DiscriminatorsConfig(wave_scales=2, wave_layers=3, stft_windows=(1024, 256))
    verdicts = Discriminators(config)(tones(2))
    assert [len(v.features) for v in verdicts] == [5, 5, 7, 7]
    assert [v.logits.shape for v in verdicts] == [(2, 32), (2, 16), (2, 1), (2, 4)]


def test_paper_sizes_have_the_published_shape() -> None:
    """Catches strides or widths other than those of the paper: T / (H 2^3) logits over time after 6 blocks."""
    verdict = StftDiscriminator(1024, 32)(torch.zeros(1, 16_384))
    assert verdict.features[-1].shape == (1, 256, 65 // 8, 512 // 64)
    assert verdict.logits.shape == (1, 8)


@pytest.mark.parametrize(("wave_scales", "stft_windows"), [(1, ()), (0, (512,))])
def test_they_learn_to_tell_noisy_tones_from_clean_ones(wave_scales: int, stft_windows: tuple[int, ...]) -> None:
    """Catches a network whose layers lose what they should see, and a hinge of the wrong sign."""
    network = Discriminators(DiscriminatorsConfig(wave_scales=wave_scales, stft_windows=stft_windows))
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(30):
        real, made = tones(4), tones(4) + 0.1 * torch.randn(4, SAMPLES)
        loss = discriminator_loss(network(made), network(real))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss < 1.5, "a discriminator that cannot tell has a loss of 2"


def test_the_spectral_one_sees_phases() -> None:
    """Catches magnitudes in place of real and imaginary parts."""
    network, wave = StftDiscriminator(256, 4), tones(1)
    assert not torch.allclose(network(wave).features[0], network(-wave).features[0], atol=1e-4)


def test_gradients_reach_every_part_of_the_wave_and_every_weight() -> None:
    """Catches a stretch of the wave that no discriminator judges, and layers that stay as drawn."""
    network, wave = Discriminators(DiscriminatorsConfig()), tones(2).requires_grad_()
    generator_loss(network(wave)).backward()
    assert wave.grad.isfinite().all()
    assert (wave.grad.abs().view(2, 32, -1).sum(dim=2) > 0).all()
    assert all(parameter.grad is not None for parameter in network.parameters())


@pytest.mark.parametrize("values", [{"stft_windows": (1000,)}, {"stft_windows": (64,)}])
def test_windows_that_cannot_be_halved_are_refused(values: dict[str, tuple[int, ...]]) -> None:
    """Catches a spectrum that is not gathered to one value, with an error from deep inside."""
    with pytest.raises(ConfigError, match="powers of two"):
        DiscriminatorsConfig(**values)


def test_no_discriminator_at_all_is_refused() -> None:
    """Catches the mean of nothing, which is NaN."""
    with pytest.raises(ConfigError):
        DiscriminatorsConfig(wave_scales=0, stft_windows=())
