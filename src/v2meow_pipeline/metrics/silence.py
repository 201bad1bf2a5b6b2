"""How much of a wave is silent: the share of time in windows of 50 ms whose level is below -60 dBFS.

Level is the root mean square about the window's mean (a constant offset is not sound), 0 dBFS a full-scale square wave.
Range [0, 1]. Source: our own; a guard against output that is empty or breaks off.
"""

import numpy as np

from v2meow_pipeline.metrics.validate import Array, require_wave

WINDOW_S = 0.05
SILENCE_DBFS = -60.0


def silent_share(wave: Array, sample_rate_hz: int, threshold_dbfs: float = SILENCE_DBFS) -> float:
    """Share of the wave's duration that is silent.

    Args:
        wave: mono, `[n]`.
        sample_rate_hz: samples a second.
        threshold_dbfs: level below which a window is silent.

    Returns:
        0 where there is sound throughout, 1 for silence.
    """
    samples = require_wave(wave, sample_rate_hz).astype(np.float64)
    window = max(1, round(WINDOW_S * sample_rate_hz))
    starts = np.arange(0, len(samples), window)
    lengths = np.minimum(window, len(samples) - starts)
    means = np.add.reduceat(samples, starts) / lengths
    deviations = samples - np.repeat(means, lengths)
    levels = np.sqrt(np.add.reduceat(deviations**2, starts) / lengths)
    silent = levels < 10 ** (threshold_dbfs / 20)
    return float((lengths * silent).sum() / len(samples))
