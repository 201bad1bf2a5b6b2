"""Where the clock of a stream jumps, and the times that it would have had without.

Packets come in the order in which they are decoded; frames are shown in another. A clock that steps back while
decoding starts over, as in two recordings that were put into one file. One that leaps ahead between two frames that are
shown one after the other holds the first of them, for longer than anybody looks at a picture.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

# A frame is held for less than this.
HELD_S = 600.0
# Packets may be decoded out of order by less than this.
BACK_S = 1.0


class Tick(NamedTuple):
    """The times of a packet, seconds on the container's axis.

    Attributes:
        decoded_s: None where it is unknown.
        shown_s: presentation time.
        length_s: its duration, 0 where it is unknown.
    """

    decoded_s: float | None
    shown_s: float
    length_s: float


class _Part(NamedTuple):
    """Packets between two steps back: `leaps_s` are times to which the clock leaps, `shifts_s` what is added before
    the first of them, between the first and the second, and so on; `end_s` is the end once shifted."""

    leaps_s: list[float]
    shifts_s: list[float]
    end_s: float


class Jumps:
    """The jumps of one stream.

    Attributes:
        times_s: presentation times to which the clock jumps, in the order of the file.
    """

    def __init__(self, ticks: Sequence[Tick]) -> None:
        """Finds them.

        Args:
            ticks: of all packets, in the order of the file, at least one.
        """
        self._starts = [0, *_steps_back(ticks)]
        self._parts: list[_Part] = []
        ends = [*self._starts[1:], len(ticks)]
        for start, end in zip(self._starts, ends, strict=True):
            self._parts.append(_part(ticks[start:end], self._parts[-1].end_s if self._parts else None))
        steps_s = [min(tick.shown_s for tick in ticks[start : start + 1]) for start in self._starts[1:]]
        self.times_s = tuple(steps_s + [time_s for part in self._parts for time_s in part.leaps_s])

    def shift_s(self, place: int, time_s: float) -> float:
        """What is to be added to a time of a packet.

        Args:
            place: of the packet in the file, among those of its stream.
            time_s: when it is shown or decoded.

        Returns:
            Seconds.
        """
        part = self._parts[bisect_right(self._starts, place) - 1]
        return part.shifts_s[bisect_right(part.leaps_s, time_s)]


def _steps_back(ticks: Sequence[Tick]) -> list[int]:
    """Places of packets that are decoded before the one ahead of them."""
    known = [(place, tick.decoded_s) for place, tick in enumerate(ticks) if tick.decoded_s is not None]
    if not known:
        known = [(place, tick.shown_s) for place, tick in enumerate(ticks)]
    return [place for (_, before_s), (place, after_s) in pairwise(known) if after_s < before_s - BACK_S]


def _part(ticks: Sequence[Tick], goes_on_at_s: float | None) -> _Part:
    shown = sorted((tick.shown_s, tick.length_s) for tick in ticks)
    leaps_s, excess_s = [], [0.0]
    for (before_s, length_s), (after_s, _) in pairwise(shown):
        if after_s > before_s + length_s + HELD_S:
            leaps_s.append(after_s)
            excess_s.append(after_s - before_s - length_s)
    first_s = 0.0 if goes_on_at_s is None else goes_on_at_s - shown[0][0]
    shifts_s = [first_s - sum_s for sum_s in accumulate(excess_s)]
    last_s, length_s = shown[-1]
    return _Part(leaps_s, shifts_s, last_s + length_s + shifts_s[-1])
