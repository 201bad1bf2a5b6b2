"""Log-mel spectra of waveforms and their inversion to magnitude spectra.

Magnitudes are scaled so that a full-scale sine is 1. A band is the weighted mean magnitude under its mel filter. The
logarithm is `log10(band + floor)`, which is exactly invertible and maps digital silence to a single value.
"""

import numpy as np
import torch
from jaxtyping import Float

from v2meow_pipeline.networks.mel_filters import mel_filters
from v2meow_pipeline.tokenizers.framing import centred_frames, hann
from v2meow_pipeline.tokenizers.mel_inversion import invert_bands


def magnitudes(wave: Float[np.ndarray, " n"], t: int, window: int, hop: int) -> Float[np.ndarray, "t bin"]:
    """STFT magnitudes with a Hann window, relative to a full-scale sine.

    Args:
        wave: samples in [-1, 1].
        t: number of frames.
        window: window length in samples.
        hop: hop length in samples.

    Returns:
        Magnitudes, window // 2 + 1 bins.
    """
    import scipy.fft

    shape = hann(window)
    return np.abs(scipy.fft.rfft(centred_frames(wave, t, window, hop) * shape)) * np.float32(2 / shape.sum())


class LogMel:
    """Log-mel transform and its inverse.

    Attributes:
        filters: mel filters [band, bin].

    Args:
        bands: number of mel bands.
        window: window length in samples.
        hop: hop length in samples.
        sample_rate_hz: sample rate of the waveform.
        floor: magnitude added before the logarithm.
    """

    def __init__(self, bands: int, window: int, hop: int, sample_rate_hz: int, floor: float) -> None:
        self.window, self.hop, self.floor = window, hop, floor
        self.filters = mel_filters(bands, window, sample_rate_hz)

    @property
    def silence(self) -> float:
        """Value of every band for digital silence."""
        return float(np.log10(np.float32(self.floor)))

    def __call__(self, wave: Float[np.ndarray, " n"], t: int) -> Float[np.ndarray, "t band"]:
        """Computes `t` log-mel frames in log10 of magnitude, at least `silence`."""
        spectra = magnitudes(wave, t, self.window, self.hop)
        return np.log10(spectra @ self.filters.T + np.float32(self.floor))

    def bands(self, log_mel: Float[np.ndarray, "t band"]) -> Float[np.ndarray, "t band"]:
        """Inverts the logarithm: mean magnitude of each band, clipped to [0, 1]; 0 at `silence`."""
        return np.clip(10 ** np.minimum(log_mel, 0.1) - np.float32(self.floor), 0, 1).astype(np.float32)

    def invert(self, bands: Float[np.ndarray, "t band"]) -> Float[np.ndarray, "t bin"]:
        """Estimates magnitude spectra from mel bands; see `mel_inversion.invert_bands`."""
        return invert_bands(torch.from_numpy(bands), torch.from_numpy(self.filters)).numpy()
