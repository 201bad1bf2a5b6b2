"""A look-ahead limiter: short peaks are turned down so that the whole can be louder."""

import numpy as np

LOOK_AHEAD_S = 0.02
BLOCK_SAMPLES = 1 << 18  # worked on at once, so that an hour takes no more memory than a minute


def limit_peaks(wave: np.ndarray, sample_rate_hz: int, ceiling: float, gain: float = 1.0) -> np.ndarray:
    """The wave times a gain that is lowered smoothly around every sample that would be above `ceiling`.

    What is taken off is the most that any sample within 20 ms needs, averaged over no more than that, so it never falls
    short at a peak and never jumps. All channels share it.

    Args:
        wave: float [n] or [n, channel].
        sample_rate_hz: samples a second.
        ceiling: magnitude that no sample is to exceed, positive.
        gain: factor before the limiting.

    Returns:
        float32, the shape of `wave`.
    """
    half = max(1, round(LOOK_AHEAD_S * sample_rate_hz))
    reach = 3 * half
    limited = np.empty(wave.shape, np.float32)
    for start in range(0, len(wave), BLOCK_SAMPLES):
        stop, first = min(start + BLOCK_SAMPLES, len(wave)), max(0, start - reach)
        factor = gain * _lowered(wave[first : stop + reach], half, ceiling / gain)[start - first : stop - first]
        limited[start:stop] = wave[start:stop] * (factor if wave.ndim == 1 else factor[:, None])
    return limited


def _lowered(wave: np.ndarray, half: int, ceiling: float) -> np.ndarray:
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    magnitude = np.abs(wave) if wave.ndim == 1 else np.abs(wave).max(axis=1)
    needed = ceiling / np.maximum(magnitude.astype(np.float64), ceiling)
    held = minimum_filter1d(needed, 2 * half + 1, mode="nearest")
    # Two averages of half the width each: together they reach no further than the minimum was held.
    smooth = uniform_filter1d(uniform_filter1d(held, half, mode="nearest"), half, mode="nearest")
    return np.minimum(smooth, 1.0).astype(np.float32)
