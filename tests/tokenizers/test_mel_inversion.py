"""Magnitudes back from mel bands, for batches."""

import torch

from v2meow_pipeline.networks.mel_filters import mel_filters
from v2meow_pipeline.tokenizers.mel_inversion import invert_bands

FILTERS = torch.from_numpy(mel_filters(32, 512, 16_000))


def test_bands_come_back_at_any_loudness() -> None:
    """Catches an update that is not multiplicative, whose error would grow with the level."""
    spectra = torch.rand(2, 20, 257, generator=torch.Generator().manual_seed(0))
    bands = torch.stack([spectra[0], 1e-3 * spectra[1]]) @ FILTERS.T
    again = invert_bands(bands, FILTERS) @ FILTERS.T
    assert ((again / bands).log10().abs().mean(dim=(1, 2)) < 0.02).all()


def test_silence_stays_silent_beside_sound() -> None:
    """Catches a floor that leaks into silent frames."""
    bands = torch.zeros(2, 32)
    bands[0] = 0.1
    spectra = invert_bands(bands, FILTERS)
    assert spectra[1].max() < 1e-7
    assert spectra[0].mean() > 0.01
