"""Packet-level scan of a stream without decoding: packet count, times and discontinuities."""

from array import array
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, NamedTuple

from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.file_cache import cached_while_unchanged
from v2meow_pipeline.media.pyav import demux
from v2meow_pipeline.media.source import audio_stream, display_name, open_media, video_stream
from v2meow_pipeline.media.timestamps import Discontinuities, PacketTime


class StreamScan(NamedTuple):
    """Properties of a stream derived from its packets.

    Attributes:
        stream_index: index of the stream in its container.
        packets: number of packets; for video, of frames.
        first_s: presentation time of the first presented packet, container timestamp in seconds.
        end_s: end of the last packet, container timestamp in seconds.
        packet_s: maximum duration of a packet, seconds.
        gap_s: maximum time from the presentation of one packet to that of the next, seconds; 0 for a single packet.
        presented_s: presentation times of the packets that have one, sorted, container timestamps in seconds.
        discontinuities: discontinuities of the timestamps.
    """

    stream_index: int
    packets: int
    first_s: float
    end_s: float
    packet_s: float
    gap_s: float
    presented_s: "array[float]"
    discontinuities: Discontinuities

    @property
    def duration_s(self) -> float:
        """Time from the first presentation time to the end of the last packet, seconds."""
        return self.end_s - self.first_s


@cached_while_unchanged
def scan(path: Path, kind: Literal["video", "audio"]) -> StreamScan:
    """Scans all packets of a stream.

    Args:
        path: local media file.
        kind: kind of stream, as selected by `video_stream` and `audio_stream`.

    Returns:
        Properties of the stream.

    Raises:
        MediaError: reason "no_audio" if there is no audio stream, or "no_packets" if the stream is empty.
    """
    with open_media(path) as container:
        stream = video_stream(container, path) if kind == "video" else audio_stream(container)
        if stream is None:
            raise MediaError(
                "no_audio", f"{display_name(path)} has no readable audio stream.", "Provide a file with audio."
            )
        stream_index = stream.index  # attributes of a stream are invalid after its container is closed
        found = list(timed_packets(container, stream))
    times = [time for _, time in found if time is not None]
    if not times:
        raise MediaError(
            "no_packets", f"The {kind} stream of {display_name(path)} is empty.", "Copy or download it again."
        )
    first_s, end_s = min(time.pts_s for time in times), max(time.pts_s + time.duration_s for time in times)
    longest_s = max(time.duration_s for time in times)
    presented_s = array("d", sorted(time.pts_s for time in times))
    gap_s = max((after - before for before, after in pairwise(presented_s)), default=0.0)
    jumps = Discontinuities(times)
    return StreamScan(stream_index, len(found), first_s, end_s, longest_s, gap_s, presented_s, jumps)


def timed_packets(container: InputContainer, *streams: Stream) -> Iterator[tuple["Packet[Any]", PacketTime | None]]:
    """Iterates over non-empty packets with their times.

    Args:
        container: open file.
        *streams: streams of the file to read.

    Yields:
        Packet and its times; None instead of times if it is not presented or has no timestamp.
    """
    for packet in demux(container, *streams):
        if packet.size:
            yield packet, _time(packet)


def _time(packet: "Packet[Any]") -> PacketTime | None:
    stamp, base = packet.pts if packet.pts is not None else packet.dts, packet.time_base
    if stamp is None or packet.is_discard or not base:
        return None
    # Equal to products of fractions, which take a fifth of an ingest: a quotient of integers is rounded once.
    numerator, denominator = base.numerator, base.denominator
    decoded_s = None if packet.dts is None else packet.dts * numerator / denominator
    length_s = (packet.duration or 0) * numerator / denominator or _frame_s(packet.stream)
    return PacketTime(decoded_s, stamp * numerator / denominator, length_s)


def _frame_s(stream: Stream) -> float:
    """Mean frame duration of a video stream, seconds; 0 if it is unknown, and for audio."""
    rate = stream.average_rate if isinstance(stream, VideoStream) else None
    return float(1 / rate) if rate else 0.0
