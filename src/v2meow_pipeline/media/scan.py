"""Every packet of a stream counted, without decoding: what a copy of it must have."""

from collections.abc import Iterator
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
    """A stream as its packets tell it.

    Attributes:
        stream_index: of the stream in its container.
        packets: how many there are; for video, frames.
        first_s: presentation time of the first that is shown or heard, seconds on the container's axis.
        end_s: when the last ends.
        packet_s: the longest duration of a packet, seconds.
        discontinuities: of its timestamps.
    """

    stream_index: int
    packets: int
    first_s: float
    end_s: float
    packet_s: float
    discontinuities: Discontinuities

    @property
    def duration_s(self) -> float:
        """From the first presentation time to the last end, seconds."""
        return self.end_s - self.first_s


@cached_while_unchanged
def scan(path: Path, kind: Literal["video", "audio"]) -> StreamScan:
    """Reads a whole stream.

    Args:
        path: a local file.
        kind: which stream; the first of its kind that is not cover art.

    Returns:
        What its packets say; a packet without a duration lasts as long as the one before it.

    Raises:
        MediaError: reason "no_audio", or "no_packets" where the stream is empty.
    """
    with open_media(path) as container:
        stream = video_stream(container, path) if kind == "video" else audio_stream(container)
        if stream is None:
            raise MediaError(
                "no_audio", f"{display_name(path)} has no sound that can be read.", "Give a file with sound."
            )
        stream_index = stream.index  # a stream must not be asked once its container is closed
        found = list(timed_packets(container, stream))
    times = [time for _, time in found if time is not None]
    if not times:
        raise MediaError("no_packets", f"The {kind} of {display_name(path)} is empty.", "Copy or download it again.")
    first_s, end_s = min(time.pts_s for time in times), max(time.pts_s + time.duration_s for time in times)
    longest_s = max(time.duration_s for time in times)
    return StreamScan(stream_index, len(found), first_s, end_s, longest_s, Discontinuities(times))


def timed_packets(container: InputContainer, *streams: Stream) -> Iterator[tuple["Packet[Any]", PacketTime | None]]:
    """The packets of streams that hold something, with their times.

    Args:
        container: an open file.
        *streams: some of its streams.

    Yields:
        Packet and times; None for one that is not shown, or has no time.
    """
    for packet in demux(container, *streams):
        if packet.size:
            yield packet, _time(packet)


def _time(packet: "Packet[Any]") -> PacketTime | None:
    stamp = packet.pts if packet.pts is not None else packet.dts
    if stamp is None or packet.is_discard or not packet.time_base:
        return None
    decoded_s = None if packet.dts is None else float(packet.dts * packet.time_base)
    rate = packet.stream.average_rate if isinstance(packet.stream, VideoStream) else None
    length_s = float((packet.duration or 0) * packet.time_base) or (float(1 / rate) if rate else 0.0)
    return PacketTime(decoded_s, float(stamp * packet.time_base), length_s)
