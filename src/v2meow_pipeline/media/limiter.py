"""Look-ahead peak limiter, which attenuates short peaks so that the whole signal can be louder."""

import numpy as np

LOOK_AHEAD_S = 0.02
BLOCK_SAMPLES = 1 << 18  # processed at once, which bounds the memory


def limit_peaks(wave: np.ndarray, sample_rate_hz: int, ceiling: float, gain: float = 1.0) -> np.ndarray:
    """Applies a gain, reduced smoothly around every sample that would exceed `ceiling`.

    The gain reduction is the maximum that any sample within 20 ms requires, smoothed over the same window, so that no
    peak exceeds the ceiling and the gain has no steps. All channels share the gain.

    Args:
        wave: float [n] or [n, channel].
        sample_rate_hz: sample rate, Hz.
        ceiling: maximum magnitude of the output samples, positive.
        gain: linear gain applied before limiting.

    Returns:
        Limited waveform, float32, with the shape of `wave`.
    """
    half = max(1, round(LOOK_AHEAD_S * sample_rate_hz))
    reach = 3 * half
    limited = np.empty(wave.shape, np.float32)
    for start in range(0, len(wave), BLOCK_SAMPLES):
        stop, first = min(start + BLOCK_SAMPLES, len(wave)), max(0, start - reach)
        factor = gain * _limiter_gain(wave[first : stop + reach], half, ceiling / gain)[start - first : stop - first]
        limited[start:stop] = wave[start:stop] * (factor if wave.ndim == 1 else factor[:, None])
    return limited


def _limiter_gain(wave: np.ndarray, half: int, ceiling: float) -> np.ndarray:
    magnitude = np.abs(wave) if wave.ndim == 1 else np.abs(wave).max(axis=1)
    needed = ceiling / np.maximum(magnitude.astype(np.float64), ceiling)
    held = moving_minimum(needed, 2 * half + 1)
    # Two moving averages of half the width each, which together span no more than the moving minimum.
    smooth = moving_average(moving_average(held, half), half)
    return np.minimum(smooth, 1.0).astype(np.float32)


def moving_minimum(values: np.ndarray, width: int) -> np.ndarray:
    """Minimum of the `width` values around each one, as `scipy.ndimage.minimum_filter1d`, which takes 0.5 s to import.

    The values are divided into blocks of `width`; each window is the end of one block and the start of the next, whose
    minima are computed cumulatively (van Herk 1992).

    Args:
        values: float [n]; before the start and after the end, the first and the last value are repeated.
        width: odd number of values.

    Returns:
        Minima, float [n].
    """
    n, half = len(values), width // 2
    padded = np.pad(values, (half, half + -(n + 2 * half) % width), mode="edge").reshape(-1, width)
    from_start = np.minimum.accumulate(padded, axis=1).ravel()
    to_end = np.minimum.accumulate(padded[:, ::-1], axis=1)[:, ::-1].ravel()
    return np.minimum(to_end[:n], from_start[width - 1 : width - 1 + n])


def moving_average(values: np.ndarray, width: int) -> np.ndarray:
    """Mean of the `width` values around each one, as `scipy.ndimage.uniform_filter1d`.

    Args:
        values: float [n]; before the start and after the end, the first and the last value are repeated.
        width: number of values; an even window has one value more before than after.

    Returns:
        Means, float [n].
    """
    before = width // 2
    sums = np.cumsum(np.pad(values, (before + 1, width - 1 - before), mode="edge"))
    return (sums[width:] - sums[:-width]) / width
