"""Discontinuities in the timestamps of a stream, and the offsets that remove them.

Packets come in decoding order, frames in presentation order. A decoding timestamp (DTS) that goes back means that the
timestamps start over, as where two recordings were put into one file. A presentation timestamp (PTS) far beyond the
end of the frame before it would hold that frame for longer than anybody looks at a picture.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

# The longest time that a frame may be held.
MAX_HOLD_S = 600.0
# How far decoding timestamps may go back without starting over.
MAX_BACKWARD_S = 1.0


class PacketTime(NamedTuple):
    """The times of a packet, seconds on the container's axis.

    Attributes:
        dts_s: decoding time; None where it is unknown.
        pts_s: presentation time.
        duration_s: 0 where it is unknown.
    """

    dts_s: float | None
    pts_s: float
    duration_s: float


class _Segment(NamedTuple):
    """Packets between two restarts of the timestamps.

    Attributes:
        gaps_s: presentation times at which a gap of more than `MAX_HOLD_S` ends.
        offsets_s: what is added to times before the first gap, between the first and the second, and so on.
        end_s: when the segment ends, with its offset.
    """

    gaps_s: list[float]
    offsets_s: list[float]
    end_s: float


class Discontinuities:
    """The discontinuities of one stream.

    Attributes:
        times_s: presentation times right after each of them: the restarts, then the gaps.
    """

    def __init__(self, packets: Sequence[PacketTime]) -> None:
        """Finds them.

        Args:
            packets: times of all packets, in the order of the file, at least one.
        """
        restarts = _restarts(packets)
        self._starts = [0, *restarts]
        self._segments: list[_Segment] = []
        for start, end in pairwise([*self._starts, len(packets)]):
            before_s = self._segments[-1].end_s if self._segments else None
            self._segments.append(_segment(packets[start:end], before_s))
        gaps_s = [time_s for segment in self._segments for time_s in segment.gaps_s]
        self.times_s = (*(packets[index].pts_s for index in restarts), *gaps_s)

    def offset_s(self, packet: int, time_s: float) -> float:
        """What is to be added to a time of a packet.

        Args:
            packet: its number in the stream, from 0, in the order of the file.
            time_s: its presentation or decoding time.

        Returns:
            Seconds.
        """
        segment = self._segments[bisect_right(self._starts, packet) - 1]
        return segment.offsets_s[bisect_right(segment.gaps_s, time_s)]


def _restarts(packets: Sequence[PacketTime]) -> list[int]:
    """Numbers of the packets at which the timestamps start over."""
    known = [(index, packet.dts_s) for index, packet in enumerate(packets) if packet.dts_s is not None]
    if not known:
        known = [(index, packet.pts_s) for index, packet in enumerate(packets)]
    return [index for (_, before_s), (index, after_s) in pairwise(known) if after_s < before_s - MAX_BACKWARD_S]


def _segment(packets: Sequence[PacketTime], starts_at_s: float | None) -> _Segment:
    """The segment's gaps, and offsets that close them; `starts_at_s` is where it begins, None for where it is."""
    presented = sorted((packet.pts_s, packet.duration_s) for packet in packets)
    gaps_s, lengths_s = [], [0.0]
    for (before_s, duration_s), (after_s, _) in pairwise(presented):
        if after_s > before_s + duration_s + MAX_HOLD_S:
            gaps_s.append(after_s)
            lengths_s.append(after_s - before_s - duration_s)
    first_s = 0.0 if starts_at_s is None else starts_at_s - presented[0][0]
    offsets_s = [first_s - closed_s for closed_s in accumulate(lengths_s)]
    last_s, duration_s = presented[-1]
    return _Segment(gaps_s, offsets_s, last_s + duration_s + offsets_s[-1])
