"""Resampling of waveforms as by scipy; to a multiple of the rate without importing scipy.signal.

That import takes about a second, a fifth of the time to write the first soundtrack. The samples are equal to the last
bit.
"""

from functools import cache
from math import gcd

import numpy as np

HALF_PERIODS = 10
KAISER_BETA = 5.0


def resample(wave: np.ndarray, from_hz: int, to_hz: int) -> np.ndarray:
    """Resamples a waveform with a polyphase filter, as `scipy.signal.resample_poly`.

    Args:
        wave: float32 `[n]` or `[n, channel]`.
        from_hz: sample rate of the waveform.
        to_hz: target sample rate.

    Returns:
        float32 with ceil(n * to_hz / from_hz) samples.
    """
    if not len(wave):
        return wave
    if to_hz % from_hz == 0:
        return upsample(wave, to_hz // from_hz)
    from scipy.signal import resample_poly

    common = gcd(from_hz, to_hz)
    return resample_poly(wave, to_hz // common, from_hz // common, axis=0).astype(np.float32)


def upsample(wave: np.ndarray, factor: int) -> np.ndarray:
    """Resamples a waveform to a multiple of its rate.

    Args:
        wave: float `[n]` or `[n, channel]`.
        factor: multiple, 1 or more.

    Returns:
        n * factor samples of the same type.
    """
    if factor == 1:
        return wave
    taps, count = _filter(factor).astype(wave.dtype) * wave.dtype.type(factor), len(wave)
    padded = np.pad(wave, [(HALF_PERIODS, HALF_PERIODS), *([(0, 0)] * (wave.ndim - 1))])
    result = np.zeros((count, factor, *wave.shape[1:]), wave.dtype)
    for phase in range(factor):
        # The sum runs over the samples in ascending order, as in scipy's loop: the order changes the last bit.
        for lag in range(HALF_PERIODS if phase == 0 else HALF_PERIODS - 1, -HALF_PERIODS - 1, -1):
            tap = taps[factor * (HALF_PERIODS + lag) + phase]
            first = HALF_PERIODS - lag
            result[:, phase] += padded[first : first + count] * tap
    return result.reshape(count * factor, *wave.shape[1:])


@cache
def _filter(factor: int) -> np.ndarray:
    """Windowed sinc with sum 1, float64 `[20 * factor + 1]`."""
    half = HALF_PERIODS * factor
    offsets = np.arange(2 * half + 1) - float(half)
    cutoff = 1.0 / factor
    window = np.i0(KAISER_BETA * np.sqrt(1 - (offsets / half) ** 2.0)) / np.i0(KAISER_BETA)
    taps: np.ndarray = cutoff * np.sinc(cutoff * offsets) * window
    return taps / taps.sum()
