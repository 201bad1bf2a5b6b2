"""Audio quality measures of a clip: peak, loudness, silence and clipping."""

from typing import NamedTuple

import numpy as np

from v2meow_pipeline.media.loudness import loudness_lufs

BLOCK_S = 0.1
# Relative to full scale; lossy coding and resampling leave few samples at exactly 1.
CLIPPED_FROM = 0.99


class AudioQuality(NamedTuple):
    """Quality measures of one mono waveform.

    Attributes:
        peak: maximum absolute sample, full scale 1 (lossy coding may exceed 1).
        lufs: integrated loudness (ITU-R BS.1770), LUFS; -inf for silence.
        silent_fraction: fraction of 0.1 s blocks whose RMS is below a threshold, in [0, 1].
        clipped_fraction: fraction of samples at or above 0.99 of full scale, in [0, 1]. Lossy coding turns flat tops
            into ripples and reduces it to about a tenth, so use it to compare clips only.
    """

    peak: float
    lufs: float
    silent_fraction: float
    clipped_fraction: float


def measure(wave: np.ndarray, sample_rate_hz: int, silence_dbfs: float) -> AudioQuality:
    """Measures the quality of a waveform.

    Args:
        wave: float [n], full scale 1.
        sample_rate_hz: sample rate, Hz.
        silence_dbfs: RMS level below which a block counts as silent, dBFS.

    Returns:
        Quality measures; an empty waveform counts as silence.
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
