"""Log-mel spectra of a waveform, and magnitude spectra back from them.

A spectrum's magnitudes are scaled so that a full-scale sine is 1; a band is the mean magnitude under its triangle; the
logarithm is `log10(band + floor)`, which has an exact inverse and maps digital silence to one value.
"""

import numpy as np
import scipy.fft
from jaxtyping import Float

from v2meow_pipeline.tokenizers.framing import centred_frames, hann

TINY = 1e-8


def mel_filters(bands: int, window: int, sample_rate_hz: int) -> Float[np.ndarray, "band bin"]:
    """Triangles spaced evenly on Slaney's mel scale from 0 Hz to half the sample rate, each with sum 1.

    Args:
        bands: number of triangles.
        window: samples of the spectrum's window; `bin` is window // 2 + 1.
        sample_rate_hz: of the waveform.

    Returns:
        Weights; a triangle too narrow to hold a bin takes the bin nearest its centre.
    """
    edges = _mel_to_hz(np.linspace(0, _hz_to_mel(np.array(sample_rate_hz / 2)), bands + 2))
    bins = np.linspace(0, sample_rate_hz / 2, window // 2 + 1)
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    weights = np.maximum(0, np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre)))
    empty = np.flatnonzero(weights.sum(1) < 1e-3)
    weights[empty, np.abs(bins - centre[empty]).argmin(1)] = 1
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


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
        self._back = (self.filters / np.maximum(self.filters.sum(0), TINY)).astype(np.float32)

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

    def invert(self, bands: Float[np.ndarray, "t band"], steps: int = 8) -> Float[np.ndarray, "t bin"]:
        """Magnitude spectra whose mel bands are the ones given, by multiplicative updates.

        Each step multiplies every bin by the weighted mean of how far its bands fall short (Richardson and Lucy's
        update), so bins stay non-negative and a silent band stays silent.

        Args:
            bands: mean magnitude of each band.
            steps: updates.

        Returns:
            Magnitude spectra.
        """
        spectra = np.maximum(bands @ self._back, TINY)
        for _ in range(steps):
            spectra *= (bands / np.maximum(spectra @ self.filters.T, TINY)) @ self._back
        return spectra


def _hz_to_mel(hz: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
    return np.asarray(np.where(hz < 1000, hz * 3 / 200, 15 + np.log(np.maximum(hz, 1) / 1000) * 27 / np.log(6.4)))


def _mel_to_hz(mel: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
    return np.asarray(np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27)))
