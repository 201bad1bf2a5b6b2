"""Ducking: lowers the music while the original sound of a video is audible, such as speech."""

import numpy as np
from jaxtyping import Float

BLOCK_S = 0.02
# The original sound counts as audible down to this far below its own loud parts, unless it is below the floor.
RANGE_DB, FLOOR_DBFS = 25.0, -50.0
LOUD_PERCENTILE = 95
# How long the music stays lowered after the last audible block, and the duration of each change of gain.
HOLD_S, RAMP_S = 0.6, 0.3


def ducking_gain(
    original: Float[np.ndarray, "n channel"], sample_rate_hz: int, duck_db: float
) -> Float[np.ndarray, " n"]:
    """Gain of the music at each sample.

    Args:
        original: original sound of the video, full scale 1.
        sample_rate_hz: sample rate, Hz.
        duck_db: attenuation while the original sound is audible, dB.

    Returns:
        Factors between 10^(-duck_db / 20) and 1, float32, with ramps instead of steps.
    """
    samples = max(1, round(BLOCK_S * sample_rate_hz))
    blocks = -(-len(original) // samples)
    padded = np.zeros((blocks * samples, original.shape[1]), np.float32)
    padded[: len(original)] = original
    power = (padded.reshape(blocks, -1) ** 2).mean(axis=1)
    level_db = 10 * np.log10(power + 1e-12)
    audible = level_db > max(FLOOR_DBFS, float(np.percentile(level_db, LOUD_PERCENTILE)) - RANGE_DB)
    lowered = _within(_within(audible, round(HOLD_S / BLOCK_S), 0), 0, round(RAMP_S / BLOCK_S))
    ramp = np.hanning(2 * round(RAMP_S / BLOCK_S) + 1)
    smooth = np.convolve(np.pad(lowered.astype(float), len(ramp) // 2, mode="edge"), ramp / ramp.sum(), mode="valid")
    times = (np.arange(blocks) + 0.5) * samples
    gain = 10 ** (-duck_db * smooth / 20)
    return np.interp(np.arange(len(original)), times, gain).astype(np.float32)


def _within(active: np.ndarray, after: int, before: int) -> np.ndarray:
    """Blocks that are active, or at most `after` blocks after or `before` blocks before an active one."""
    reach = np.convolve(active.astype(int), np.ones(after + before + 1, int))
    return reach[before : before + len(active)] > 0
