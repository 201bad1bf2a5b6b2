"""Synchrony of musical beats with scene cuts and motion peaks of the video.

Conventions: times in seconds from the start of the clip. The share is that of events (cuts, peaks) with a beat within
0.5 s or 0.1 s, in [0, 1]. It means little alone: beats every half second are within 0.5 s of any event. Therefore each
share is compared with its chance level, and the lift is the difference, in [-1, 1]: 0 for music unrelated to the video.
Without events the scores are NaN; music without beats has share and chance 0.

Chance level: the expected share if all beats are shifted circularly by the same uniform random time, which keeps their
number and intervals. The expectation is computed exactly, not sampled. The window of an event, of length L (cut at the
clip's ends), contains a shifted beat with probability sum_i min(g_i, L) / D, where g_i are the circular gaps between
successive beats in a clip of D seconds. A clip has few cuts, so over few clips the interval of the lift is wide.

Source: our own; the shares are those of the beat-matching tasks of dance and of film (e.g. Di et al. 2021, CMT).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.metrics.validate import Array

WINDOWS_S = (0.5, 0.1)
ROUNDING_S = 1e-9


class Alignment(NamedTuple):
    """Synchrony of beats with one kind of event.

    Attributes:
        share: share of events with a beat nearby, in [0, 1]; NaN without events.
        chance: expected share at a random phase of the beats.
        lift: share - chance.
        n_events: number of events.
    """

    share: float
    chance: float
    lift: float
    n_events: int


def matched_share(events_s: npt.ArrayLike, beats_s: npt.ArrayLike, window_s: float) -> float:
    """Share of events with a beat within a window.

    Args:
        events_s: times of scene cuts or motion peaks in seconds, in any order, `[event]`.
        beats_s: times of the musical beats in seconds, in any order, `[beat]`.
        window_s: half width of the window in seconds.

    Returns:
        Share in [0, 1]; NaN without events.
    """
    events, beats = np.asarray(events_s, dtype=np.float64), np.asarray(beats_s, dtype=np.float64)
    if len(events) == 0:
        return float("nan")
    if len(beats) == 0:
        return 0.0
    nearest = np.abs(events[:, None] - beats).min(axis=1)
    return float((nearest <= window_s + ROUNDING_S).mean())


def chance_share(events_s: npt.ArrayLike, beats_s: npt.ArrayLike, window_s: float, duration_s: float) -> float:
    """Expected share for the same beats at a random phase.

    Args:
        events_s: times of the events within the clip in seconds, `[event]`.
        beats_s: times of the beats within the clip in seconds, `[beat]`.
        window_s: half width of the window in seconds.
        duration_s: duration of the clip in seconds.

    Returns:
        Expected share in [0, 1]; NaN without events.
    """
    events, beats = np.asarray(events_s, dtype=np.float64), np.sort(np.asarray(beats_s, dtype=np.float64))
    if len(events) == 0:
        return float("nan")
    if len(beats) == 0:
        return 0.0
    gaps = np.diff(beats, append=beats[0] + duration_s)
    lengths = np.minimum(events + window_s, duration_s) - np.maximum(events - window_s, 0)
    return float(np.minimum(gaps, lengths[:, None]).sum(axis=1).mean() / duration_s)


def alignment(events_s: npt.ArrayLike, beats_s: npt.ArrayLike, window_s: float, duration_s: float) -> Alignment:
    """Synchrony of beats with events: share, chance level and lift.

    Args:
        events_s: times of scene cuts or motion peaks in seconds, `[event]`.
        beats_s: times of the musical beats in seconds, `[beat]`.
        window_s: half width of the window in seconds.
        duration_s: duration of the clip in seconds.

    Returns:
        Share, chance level and lift.

    Raises:
        ValueError: if the window or the duration is not positive, or a time is outside the clip or not finite.
    """
    if not (window_s > 0 and 0 < duration_s < np.inf):
        raise ValueError(
            f"a window of {window_s} s in a clip of {duration_s} s makes no sense: both must be positive and finite"
        )
    events, beats = (_require_times(side, duration_s) for side in (events_s, beats_s))
    share, chance = matched_share(events, beats, window_s), chance_share(events, beats, window_s, duration_s)
    return Alignment(share, chance, share - chance, len(events))


def synchrony_scores(events_s: npt.ArrayLike, beats_s: npt.ArrayLike, duration_s: float, of: str) -> dict[str, float]:
    """All scores of one clip for one kind of event.

    Args:
        events_s: times of scene cuts or motion peaks in seconds, `[event]`.
        beats_s: times of the musical beats in seconds, `[beat]`.
        duration_s: duration of the clip in seconds.
        of: name of the events in the keys: "cuts" or "peaks".

    Returns:
        `sync_share_<of>_500ms`, `sync_chance_<of>_500ms`, `sync_lift_<of>_500ms`, and the same for 100 ms.
    """
    scores = {}
    for window_s in WINDOWS_S:
        found = alignment(events_s, beats_s, window_s, duration_s)
        for name in ("share", "chance", "lift"):
            scores[f"sync_{name}_{of}_{1000 * window_s:.0f}ms"] = float(getattr(found, name))
    return scores


def _require_times(times_s: npt.ArrayLike, duration_s: float) -> Array:
    times = np.asarray(times_s, dtype=np.float64)
    if times.ndim != 1 or not ((times >= 0) & (times <= duration_s)).all():
        raise ValueError(f"expected times [n] within 0 and {duration_s} s, got {times}")
    return times
