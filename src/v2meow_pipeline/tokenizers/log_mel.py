"""Log-mel spectra of a waveform, and magnitude spectra back from them.

A spectrum's magnitudes are scaled so that a full-scale sine is 1; a band is the mean magnitude under its triangle; the
logarithm is `log10(band + floor)`, which has an exact inverse and maps digital silence to one value.
"""

import numpy as np
import scipy.fft
import torch
from jaxtyping import Float

from v2meow_pipeline.networks.mel_filters import mel_filters
from v2meow_pipeline.tokenizers.framing import centred_frames, hann
from v2meow_pipeline.tokenizers.mel_inversion import invert_bands


def magnitudes(wave: Float[np.ndarray, " n"], t: int, window: int, hop: int) -> Float[np.ndarray, "t bin"]:
    """Magnitude spectra of Hann windows; a full-scale sine has magnitude 1.

    Args:
        wave: samples in [-1, 1].
        t: number of spectra.
        window: samples of each.
        hop: samples between two.

    Returns:
        Magnitudes, window // 2 + 1 bins.
    """
    shape = hann(window)
    return np.abs(scipy.fft.rfft(centred_frames(wave, t, window, hop) * shape)) * np.float32(2 / shape.sum())


class LogMel:
    """Log-mel spectra of one layout, and their inversion.

    Attributes:
        filters: mel triangles [band, bin].

    Args:
        bands: mel bands.
        window: samples of a spectrum's window.
        hop: samples between spectra.
        sample_rate_hz: of the waveform.
        floor: the magnitude added before the logarithm.
    """

    def __init__(self, bands: int, window: int, hop: int, sample_rate_hz: int, floor: float) -> None:
        self.window, self.hop, self.floor = window, hop, floor
        self.filters = mel_filters(bands, window, sample_rate_hz)

    @property
    def silence(self) -> float:
        """The value of every band in digital silence."""
        return float(np.log10(np.float32(self.floor)))

    def __call__(self, wave: Float[np.ndarray, " n"], t: int) -> Float[np.ndarray, "t band"]:
        """`t` log-mel spectra, in log10 of magnitude, never below `silence`."""
        spectra = magnitudes(wave, t, self.window, self.hop)
        return np.log10(spectra @ self.filters.T + np.float32(self.floor))

    def bands(self, log_mel: Float[np.ndarray, "t band"]) -> Float[np.ndarray, "t band"]:
        """Mean magnitude of each band: the inverse of the logarithm, 0 at `silence` and below, at most 1."""
        return np.clip(10 ** np.minimum(log_mel, 0.1) - np.float32(self.floor), 0, 1).astype(np.float32)

    def invert(self, bands: Float[np.ndarray, "t band"]) -> Float[np.ndarray, "t bin"]:
        """Magnitude spectra whose mel bands are the ones given; see `mel_inversion.invert_bands`."""
        return invert_bands(torch.from_numpy(bands), torch.from_numpy(self.filters)).numpy()
