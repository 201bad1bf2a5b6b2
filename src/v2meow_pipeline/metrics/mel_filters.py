"""Mel filters equal to those of librosa 0.11 to the last bit."""

from functools import cache

import numpy as np

from v2meow_pipeline.metrics.validate import Array

# Slaney's scale: linear below 1 kHz, logarithmic above.
HZ_PER_MEL = 200.0 / 3
BREAK_HZ = 1000.0
BREAK_MEL = BREAK_HZ / HZ_PER_MEL
LOG_STEP = np.log(6.4) / 27.0


@cache
def mel_filters(sample_rate_hz: int, fft_samples: int, bands: int) -> Array:
    """Triangular filters of equal area from 0 Hz to the Nyquist frequency, as `librosa.filters.mel`.

    Args:
        sample_rate_hz: sample rate in Hz, above 2 kHz.
        fft_samples: FFT length in samples.
        bands: number of filters.

    Returns:
        Weights, float32 `[band, bin]`.
    """
    highest = BREAK_MEL + np.log(sample_rate_hz / 2 / BREAK_HZ) / LOG_STEP
    mels = np.linspace(0.0, highest, bands + 2)
    linear, curved = HZ_PER_MEL * mels, BREAK_HZ * np.exp(LOG_STEP * (mels - BREAK_MEL))
    edges_hz = np.where(mels >= BREAK_MEL, curved, linear)
    ramps = np.subtract.outer(edges_hz, np.fft.rfftfreq(fft_samples, 1.0 / sample_rate_hz))
    widths = np.diff(edges_hz)[:, None]
    rising, falling = -ramps[:-2] / widths[:-1], ramps[2:] / widths[1:]
    weights: Array = np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
    weights *= (2.0 / (edges_hz[2:] - edges_hz[:-2]))[:, None]
    return weights
