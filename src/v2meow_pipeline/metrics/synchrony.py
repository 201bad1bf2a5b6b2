"""Do beats of the music fall on scene cuts, and on peaks of movement?

Conventions: times in seconds from the clip's first instant. The score is the share of events (cuts, peaks) with a beat
within 0.5 s or 0.1 s, in [0, 1]. By itself it says little: beats every half second have one within 0.5 s of anything.
So each share stands beside what chance gives, and the lift is the difference of the two, in [-1, 1], 0 for music that
has nothing to do with the picture. No events: no score, NaN. Music without beats scores 0, by chance too.

Chance: the same beats, moved together around the clip by a uniform random time: their number and distances stay. The
expectation is exact, not drawn. An event's window of length L (cut at the clip's ends) holds a moved beat with
probability sum_i min(g_i, L) / D, where g_i are the gaps between successive beats around the circle of D seconds.
Over few clips the lift has a wide interval: a clip has a handful of cuts.

Source: our own; the shares are those of the beat-matching tasks of dance and of film (e.g. Di et al. 2021, CMT).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.metrics.validate import Array

WINDOWS_S = (0.5, 0.1)
ROUNDING_S = 1e-9


class Alignment(NamedTuple):
    """Shares of events with a beat nearby.

    Attributes:
        share: in [0, 1]; NaN without events.
        chance: its expectation where the beats' phase is random.
        lift: share - chance.
        n_events: events.
    """

    share: float
    chance: float
    lift: float
    n_events: int


def matched_share(events_s: npt.ArrayLike, beats_s: npt.ArrayLike, window_s: float) -> float:
    """Share of events with a beat no further away than a window.

    Args:
        events_s: scene cuts, or peaks of movement; in any order.
        beats_s: beats of the music; in any order.
        window_s: seconds to either side.

    Returns:
        In [0, 1]; NaN without events.
    """
    events, beats = np.asarray(events_s, dtype=np.float64), np.asarray(beats_s, dtype=np.float64)
    if len(events) == 0:
        return float("nan")
    if len(beats) == 0:
        return 0.0
    nearest = np.abs(events[:, None] - beats).min(axis=1)
    return float((nearest <= window_s + ROUNDING_S).mean())


def chance_share(events_s: npt.ArrayLike, beats_s: npt.ArrayLike, window_s: float, duration_s: float) -> float:
    """The expected share for the same beats at a random phase.

    Args:
        events_s: within the clip.
        beats_s: within the clip.
        window_s: seconds to either side.
        duration_s: of the clip.

    Returns:
        In [0, 1]; NaN without events.
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
    """How far beats fall on events, beyond chance.

    Args:
        events_s: scene cuts, or peaks of movement, `[event]`.
        beats_s: beats of the music, `[beat]`.
        window_s: seconds to either side.
        duration_s: of the clip.

    Returns:
        Share, chance, lift.

    Raises:
        ValueError: if the window or the duration is not positive, or a time lies outside the clip or is not finite.
    """
    if not (window_s > 0 and 0 < duration_s < np.inf):
        raise ValueError(f"a window of {window_s} s in a clip of {duration_s} s makes no sense")
    events, beats = (_require_times(side, duration_s) for side in (events_s, beats_s))
    share, chance = matched_share(events, beats, window_s), chance_share(events, beats, window_s, duration_s)
    return Alignment(share, chance, share - chance, len(events))


def evaluate(events_s: npt.ArrayLike, beats_s: npt.ArrayLike, duration_s: float, of: str) -> dict[str, float]:
    """All scores of one clip against one kind of event.

    Args:
        events_s: scene cuts, or peaks of movement.
        beats_s: beats of the music.
        duration_s: of the clip.
        of: what the events are, for the keys: "cuts" or "peaks".

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
        raise ValueError(f"times [n] within 0 and {duration_s} s are needed, not {times}")
    return times
