"""Tempo estimate from the motion of a video, and a beat grid with bars that begin on cuts.

The tempo is the period of increases in motion: their autocorrelation, averaged over the first four multiples of each
candidate period, times a log-normal prior centred on 110 BPM. This is the method used for audio (Grosche et al. 2010,
see metrics/tempo.py), applied to motion.
"""

import numpy as np
from jaxtyping import Float

from v2meow_pipeline.evaluation.baselines.metre import Beat, bars_from
from v2meow_pipeline.metrics.picture import Picture

SLOWEST_BPM, FASTEST_BPM, STEP_BPM = 60.0, 180.0, 0.5
PRIOR_BPM, PRIOR_OCTAVES = 110.0, 0.7
MULTIPLES = 4
# Maximum lag as a share of the clip: at larger lags there are too few pairs.
LONGEST_LAG = 0.7
TREND_S = 1.0
# Minimum autocorrelation of periodic motion.
WEAKEST = 0.1
STILL_SPREAD = 1e-6
# Number of candidate phases of the beats.
PHASES = 48


def pulse_bpm(motion: Float[np.ndarray, " t"], motion_hz: float) -> float:
    """Tempo of a motion curve.

    Args:
        motion: motion energy, [t].
        motion_hz: values per second.

    Returns:
        Tempo in beats per minute, in [60, 180]; NaN for motion without a period.
    """
    rises = _rises(motion, motion_hz)
    if rises.std() <= STILL_SPREAD:
        return float("nan")
    correlation = _autocorrelation(rises)
    tempi = np.arange(SLOWEST_BPM, FASTEST_BPM + STEP_BPM, STEP_BPM)
    lags = 60 * motion_hz / tempi * np.arange(1, MULTIPLES + 1)[:, None]
    usable = lags < LONGEST_LAG * len(rises)
    found = np.where(usable, np.interp(lags, np.arange(len(rises)), correlation), 0)
    strength = found.sum(axis=0) / np.maximum(usable.sum(axis=0), 1)
    preferred = np.exp(-0.5 * (np.log2(tempi / PRIOR_BPM) / PRIOR_OCTAVES) ** 2)
    best = int((strength * preferred).argmax())
    return float(tempi[best]) if strength[best] >= WEAKEST else float("nan")


def beats_of(picture: Picture, tempo_bpm: float) -> list[Beat]:
    """Beat grid of a clip.

    Args:
        picture: cuts and motion of the clip. Bars begin at its cuts; without cuts, the phase of the beats follows the
            increases in motion.
        tempo_bpm: tempo in beats per minute; adjusted between two cuts to fit a whole number of beats.

    Returns:
        Beats by start time, covering the whole clip.
    """
    beat_s = 60 / tempo_bpm
    cuts_s = [float(cut) for cut in picture.cuts_s if cut < picture.duration_s]
    anchors = cuts_s or [_phase_s(picture, beat_s)]
    return bars_from(anchors, beat_s, picture.duration_s)


def _rises(motion: Float[np.ndarray, " t"], motion_hz: float) -> Float[np.ndarray, " t"]:
    """Increases in motion (half-wave rectified difference), minus their moving average, with mean 0."""
    rises = np.maximum(np.diff(motion, prepend=motion[:1]), 0)
    half = max(1, round(TREND_S * motion_hz / 2))
    around = np.convolve(np.pad(rises, half, mode="edge"), np.full(2 * half + 1, 1 / (2 * half + 1)), "valid")
    against: Float[np.ndarray, " t"] = rises - around
    return against - against.mean()


def _autocorrelation(values: Float[np.ndarray, " t"]) -> Float[np.ndarray, " t"]:
    """Autocorrelation by lag, 1 at lag 0, normalised by the number of pairs at each lag."""
    count = len(values)
    spectrum = np.abs(np.fft.rfft(values, 2 * count)) ** 2
    products: Float[np.ndarray, " t"] = np.fft.irfft(spectrum)[:count]
    return products / products[0] * count / np.arange(count, 0, -1)


def _phase_s(picture: Picture, beat_s: float) -> float:
    """Time of the first beat that maximises the increases in motion on beats."""
    rises = _rises(picture.motion, picture.motion_hz)
    if rises.std() <= STILL_SPREAD:
        return 0.0
    phases_s = np.arange(PHASES) / PHASES * beat_s
    beats_s = phases_s[:, None] + np.arange(max(1, int(picture.duration_s / beat_s))) * beat_s
    rise = np.interp(beats_s, np.arange(len(rises)) / picture.motion_hz, rises).sum(axis=1)
    return float(phases_s[int(rise.argmax())])
