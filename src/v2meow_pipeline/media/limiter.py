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
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    magnitude = np.abs(wave) if wave.ndim == 1 else np.abs(wave).max(axis=1)
    needed = ceiling / np.maximum(magnitude.astype(np.float64), ceiling)
    held = minimum_filter1d(needed, 2 * half + 1, mode="nearest")
    # Two moving averages of half the width each, which together span no more than the minimum filter.
    smooth = uniform_filter1d(uniform_filter1d(held, half, mode="nearest"), half, mode="nearest")
    return np.minimum(smooth, 1.0).astype(np.float32)
