"""The scale-invariant ratio, against its definition."""

import math

import pytest
import torch

from v2meow_pipeline.networks.si_sdr import si_sdr


def orthogonal_pair() -> tuple[torch.Tensor, torch.Tensor]:
    t = torch.arange(1600) / 16_000
    return torch.sin(2 * math.pi * 200 * t)[None], torch.sin(2 * math.pi * 500 * t)[None]


@pytest.mark.parametrize("gain", [0.01, -2.0, 1.0])
def test_noise_of_known_size_gives_known_decibels(gain: float) -> None:
    """Catches decibels of amplitude, a ratio that depends on the gain, and one that shuns a flipped sign."""
    wanted, noise = orthogonal_pair()
    assert si_sdr(gain * (wanted + 0.1 * noise), wanted).item() == pytest.approx(20.0, abs=1e-3)


def test_limits() -> None:
    """Catches NaN, or a made-up number, for what is perfect, silent or undefined."""
    wanted, noise = orthogonal_pair()
    assert si_sdr(wanted, wanted).item() > 100
    assert si_sdr(torch.zeros_like(wanted), wanted).item() == -math.inf
    assert si_sdr(noise, wanted).item() < -100
    assert si_sdr(wanted, torch.zeros_like(wanted)).isnan().item()


def test_phases_count() -> None:
    """Catches a ratio of spectra: a quarter of a period makes a tone orthogonal to itself."""
    t = torch.arange(1600) / 16_000
    cosine = torch.cos(2 * math.pi * 200 * t)[None]
    assert si_sdr(cosine, orthogonal_pair()[0]).item() < -60
