"""Share of silence of a wave: the share of time in windows of 50 ms with a level below -60 dBFS.

The level is the root mean square about the window's mean (a DC offset is not sound); 0 dBFS is a full-scale square
wave. Range [0, 1]. Source: our own; detects output that is empty or breaks off.
"""

import numpy as np

from v2meow_pipeline.metrics.validate import Array, require_wave

WINDOW_S = 0.05
SILENCE_DBFS = -60.0


def silent_share(wave: Array, sample_rate_hz: int, threshold_dbfs: float = SILENCE_DBFS) -> float:
    """Share of a wave's duration that is silent.

    Args:
        wave: mono waveform, `[n]`.
        sample_rate_hz: sample rate in Hz.
        threshold_dbfs: level below which a window is silent, in dBFS.

    Returns:
        Share in [0, 1]; 1 if the whole wave is silent.
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
