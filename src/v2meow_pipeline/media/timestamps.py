"""Discontinuities in the timestamps of a stream, and the offsets that remove them.

Packets are stored in decoding order. A decoding timestamp (DTS) that goes back is a restart of the timestamps, as in
concatenated recordings. A presentation timestamp (PTS) far beyond the end of the preceding frame is a gap.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

# Maximum time between the end of a frame and the next frame; a longer one is a gap.
MAX_HOLD_S = 600.0
# Maximum backward step of decoding timestamps; a larger one is a restart.
MAX_BACKWARD_S = 1.0


class PacketTime(NamedTuple):
    """Container timestamps of a packet, seconds.

    Attributes:
        dts_s: decoding time; None if unknown.
        pts_s: presentation time.
        duration_s: duration; 0 if unknown.
    """

    dts_s: float | None
    pts_s: float
    duration_s: float


class _Segment(NamedTuple):
    """Packets between two restarts of the timestamps.

    Attributes:
        gaps_s: presentation times at which a gap of more than `MAX_HOLD_S` ends.
        offsets_s: offsets to add to times before the first gap, between the first and the second, and so on.
        end_s: end of the segment, with its offset applied.
    """

    gaps_s: list[float]
    offsets_s: list[float]
    end_s: float


class Discontinuities:
    """Timestamp discontinuities of one stream: restarts and gaps.

    Attributes:
        times_s: presentation times directly after each discontinuity: the restarts, then the gaps.
    """

    def __init__(self, packets: Sequence[PacketTime]) -> None:
        """Finds the discontinuities.

        Args:
            packets: times of all packets in file order, at least one.
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
        """Offset to add to a timestamp of a packet to make the timestamps continuous.

        Args:
            packet: index of the packet in the stream, in file order.
            time_s: its presentation or decoding time, seconds.

        Returns:
            Offset, seconds.
        """
        segment = self._segments[bisect_right(self._starts, packet) - 1]
        return segment.offsets_s[bisect_right(segment.gaps_s, time_s)]


def _restarts(packets: Sequence[PacketTime]) -> list[int]:
    """Indices of the packets at which the timestamps restart."""
    known = [(index, packet.dts_s) for index, packet in enumerate(packets) if packet.dts_s is not None]
    if not known:
        known = [(index, packet.pts_s) for index, packet in enumerate(packets)]
    return [index for (_, before_s), (index, after_s) in pairwise(known) if after_s < before_s - MAX_BACKWARD_S]


def _segment(packets: Sequence[PacketTime], starts_at_s: float | None) -> _Segment:
    """Gaps of a segment and the offsets that close them; `starts_at_s` is its new start, None to keep its start."""
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
