"""The picture's pulse: its tempo, and beats and bars that follow it and fall on cuts.

The tempo is the period of the rises of movement: their autocorrelation, averaged over the first four multiples of each
candidate period, times a log-normal preference for 110 BPM. The same idea as for sound (Grosche et al. 2010, see
metrics/tempo.py), on another signal.
"""

import numpy as np
from jaxtyping import Float

from v2meow_pipeline.evaluation.baselines.metre import Beat, bars_from
from v2meow_pipeline.metrics.picture import Picture

SLOWEST_BPM, FASTEST_BPM, STEP_BPM = 60.0, 180.0, 0.5
PRIOR_BPM, PRIOR_OCTAVES = 110.0, 0.7
MULTIPLES = 4
# Of the clip: pairs of rises that are further apart are too few to say anything.
LONGEST_LAG = 0.7
TREND_S = 1.0
# Below this much likeness to itself a movement has no period.
WEAKEST = 0.1
STILL_SPREAD = 1e-6
# Steps in which the phase of the beats is looked for.
PHASES = 48


def pulse_bpm(motion: Float[np.ndarray, " t"], motion_hz: float) -> float:
    """The tempo of a movement.

    Args:
        motion: how much moves.
        motion_hz: values a second.

    Returns:
        Beats a minute in [60, 180]; NaN where nothing recurs.
    """
    rises = _rises(motion, motion_hz)
    if rises.std() <= STILL_SPREAD:
        return float("nan")
    likeness = _likeness(rises)
    tempi = np.arange(SLOWEST_BPM, FASTEST_BPM + STEP_BPM, STEP_BPM)
    lags = 60 * motion_hz / tempi * np.arange(1, MULTIPLES + 1)[:, None]
    heard = lags < LONGEST_LAG * len(rises)
    found = np.where(heard, np.interp(lags, np.arange(len(rises)), likeness), 0)
    strength = found.sum(axis=0) / np.maximum(heard.sum(axis=0), 1)
    preferred = np.exp(-0.5 * (np.log2(tempi / PRIOR_BPM) / PRIOR_OCTAVES) ** 2)
    best = int((strength * preferred).argmax())
    return float(tempi[best]) if strength[best] >= WEAKEST else float("nan")


def beats_of(picture: Picture, tempo_bpm: float) -> list[Beat]:
    """Beats of a clip.

    Args:
        picture: its cuts begin bars; without cuts, beats lie where movement rises.
        tempo_bpm: beats a minute; between two cuts it gives way so that a whole number of beats fits.

    Returns:
        By start, from the clip's first instant to its last.
    """
    beat_s = 60 / tempo_bpm
    cuts_s = [float(cut) for cut in picture.cuts_s if cut < picture.duration_s]
    anchors = cuts_s or [_phase_s(picture, beat_s)]
    return bars_from(anchors, beat_s, picture.duration_s)


def _rises(motion: Float[np.ndarray, " t"], motion_hz: float) -> Float[np.ndarray, " t"]:
    """How much faster each moment is than the one before, against the average around it."""
    rises = np.maximum(np.diff(motion, prepend=motion[:1]), 0)
    half = max(1, round(TREND_S * motion_hz / 2))
    around = np.convolve(np.pad(rises, half, mode="edge"), np.full(2 * half + 1, 1 / (2 * half + 1)), "valid")
    against: Float[np.ndarray, " t"] = rises - around
    return against - against.mean()


def _likeness(values: Float[np.ndarray, " t"]) -> Float[np.ndarray, " t"]:
    """Autocorrelation by lag, 1 at none; each lag by the number of its pairs."""
    count = len(values)
    spectrum = np.abs(np.fft.rfft(values, 2 * count)) ** 2
    products: Float[np.ndarray, " t"] = np.fft.irfft(spectrum)[:count]
    return products / products[0] * count / np.arange(count, 0, -1)


def _phase_s(picture: Picture, beat_s: float) -> float:
    """When the first beat is, so that movement rises on beats."""
    rises = _rises(picture.motion, picture.motion_hz)
    if rises.std() <= STILL_SPREAD:
        return 0.0
    phases_s = np.arange(PHASES) / PHASES * beat_s
    beats_s = phases_s[:, None] + np.arange(max(1, int(picture.duration_s / beat_s))) * beat_s
    rise = np.interp(beats_s, np.arange(len(rises)) / picture.motion_hz, rises).sum(axis=1)
    return float(phases_s[int(rise.argmax())])
