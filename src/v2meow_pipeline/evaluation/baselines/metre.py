"""Beat grid in bars of four beats, built forwards and backwards from given downbeat times (anchors)."""

import math
from collections.abc import Sequence
from typing import NamedTuple

BEATS_PER_BAR = 4
# Anchors less than this many beats after the previous one are ignored.
CLOSEST_BEATS = 2.0
SHORTEST_S = 0.05


class Beat(NamedTuple):
    """One beat.

    Attributes:
        start_s: start in seconds from the start of the clip.
        length_s: seconds until the next beat or the end of the clip.
        number: number within its bar, 0 is the downbeat.
        bar: number of the bar, from 0.
    """

    start_s: float
    length_s: float
    number: int
    bar: int


def bars_from(anchors_s: Sequence[float], beat_s: float, duration_s: float) -> list[Beat]:
    """Beat grid of a clip.

    Args:
        anchors_s: times in seconds at which bars begin, ascending, at least one; anchors less than `CLOSEST_BEATS`
            beats after the previous one are ignored.
        beat_s: beat period in seconds; between two anchors it is stretched to fit a whole number of beats.
        duration_s: duration of the clip in seconds.

    Returns:
        Beats by start time, covering the whole clip; those before the first anchor are counted backwards from it.
    """
    anchors = _apart(anchors_s, CLOSEST_BEATS * beat_s)
    back = math.floor(anchors[0] / beat_s + 1e-9)
    numbered = [(anchors[0] - j * beat_s, -j % BEATS_PER_BAR) for j in range(back, 0, -1)]
    first_s = numbered[0][0] if numbered else anchors[0]
    if first_s >= SHORTEST_S:
        numbered.insert(0, (0.0, -(back + 1) % BEATS_PER_BAR))
    for anchor, following in zip(anchors, [*anchors[1:], None], strict=True):
        numbered += _between(anchor, following, beat_s, duration_s)
    return _measured(numbered, duration_s)


def _apart(anchors_s: Sequence[float], least_s: float) -> list[float]:
    kept = [anchors_s[0]]
    for anchor in anchors_s[1:]:
        if anchor - kept[-1] >= least_s:
            kept.append(anchor)
    return kept


def _between(anchor: float, following: float | None, beat_s: float, duration_s: float) -> list[tuple[float, int]]:
    """Starts and numbers of the beats from one anchor to the next, or to the end of the clip."""
    if following is None:
        count = max(1, math.ceil((duration_s - anchor - SHORTEST_S) / beat_s))
        step = beat_s
    else:
        count = max(1, round((following - anchor) / beat_s))
        step = (following - anchor) / count
    return [(anchor + j * step, j % BEATS_PER_BAR) for j in range(count)]


def _measured(numbered: Sequence[tuple[float, int]], duration_s: float) -> list[Beat]:
    """Adds lengths and bar numbers; each downbeat begins a bar."""
    ends = [start for start, _ in numbered[1:]] + [duration_s]
    beats: list[Beat] = []
    bar = 0
    for (start, number), end in zip(numbered, ends, strict=True):
        bar += bool(beats) and number == 0
        beats.append(Beat(start, end - start, number, bar))
    return beats
