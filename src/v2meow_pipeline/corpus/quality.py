"""How a clip's sound is, in numbers that say whether anything can be learnt from it."""

from typing import NamedTuple

import numpy as np

from v2meow_pipeline.media.loudness import loudness_lufs

BLOCK_S = 0.1
# Of full scale: after lossy coding and resampling next to nothing is exactly 1.
CLIPPED_FROM = 0.99


class AudioQuality(NamedTuple):
    """Measures of one mono waveform.

    Attributes:
        peak: highest absolute sample, full scale 1 (lossy coding may exceed it).
        lufs: integrated loudness (ITU-R BS.1770); -inf for silence.
        silent_fraction: of its blocks of 0.1 s, those whose root mean square is below a threshold, in [0, 1].
        clipped_fraction: of its samples, those at 0.99 of full scale or above, in [0, 1]. After lossy coding a tenth of
            what was clipped before it, since flat tops become ripples: compare it between clips.
    """

    peak: float
    lufs: float
    silent_fraction: float
    clipped_fraction: float


def measure(wave: np.ndarray, sample_rate_hz: int, silence_dbfs: float) -> AudioQuality:
    """The quality of a waveform.

    Args:
        wave: float [n], full scale 1.
        sample_rate_hz: samples a second.
        silence_dbfs: root mean square below which a block counts as silent, decibels relative to full scale.

    Returns:
        Its measures; those of no samples are of silence.
    """
    return AudioQuality(
        peak=float(np.max(np.abs(wave), initial=0.0)),
        lufs=loudness_lufs(wave, sample_rate_hz),
        silent_fraction=_silent_fraction(wave, round(BLOCK_S * sample_rate_hz), silence_dbfs),
        clipped_fraction=float(np.mean(np.abs(wave) >= CLIPPED_FROM)) if len(wave) else 0.0,
    )


def _silent_fraction(wave: np.ndarray, block_samples: int, silence_dbfs: float) -> float:
    if not len(wave):
        return 1.0
    power = np.add.reduceat(np.square(wave, dtype=np.float64), np.arange(0, len(wave), block_samples))
    lengths = np.minimum(block_samples, len(wave) - np.arange(0, len(wave), block_samples))
    return float(np.mean(power / lengths < 10 ** (silence_dbfs / 10)))
