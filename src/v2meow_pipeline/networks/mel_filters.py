"""Triangular mel filterbank."""

import numpy as np
from jaxtyping import Float


def mel_filters(bands: int, window: int, sample_rate_hz: int) -> Float[np.ndarray, "band bin"]:
    """Triangular filters spaced evenly on Slaney's mel scale from 0 Hz to the Nyquist frequency, each with sum 1.

    Args:
        bands: number of filters.
        window: window length of the spectrum in samples; the number of bins is window // 2 + 1.
        sample_rate_hz: sample rate of the waveform.

    Returns:
        Filter weights; a filter too narrow to contain a bin uses the bin nearest its centre.
    """
    edges = _mel_to_hz(np.linspace(0, _hz_to_mel(np.array(sample_rate_hz / 2)), bands + 2))
    bins = np.linspace(0, sample_rate_hz / 2, window // 2 + 1)
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    weights = np.maximum(0, np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre)))
    empty = np.flatnonzero(weights.sum(1) < 1e-3)
    weights[empty, np.abs(bins - centre[empty]).argmin(1)] = 1
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


def _hz_to_mel(hz: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
    return np.asarray(np.where(hz < 1000, hz * 3 / 200, 15 + np.log(np.maximum(hz, 1) / 1000) * 27 / np.log(6.4)))


def _mel_to_hz(mel: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
    return np.asarray(np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27)))
