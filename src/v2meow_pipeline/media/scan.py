"""Every packet of a stream counted, without decoding: what a copy of it must have."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.jumps import Jumps, Tick
from v2meow_pipeline.media.pyav import demux
from v2meow_pipeline.media.remembered import remembered
from v2meow_pipeline.media.source import audio_stream, open_media, shown, video_stream


class StreamScan(NamedTuple):
    """A stream as its packets tell it.

    Attributes:
        stream_index: of the stream in its container.
        packets: how many there are; for video, frames.
        first_s: presentation time of the first that is shown or heard, seconds on the container's axis.
        end_s: when the last ends.
        packet_s: the longest duration of a packet, seconds.
        jumps: of its clock.
    """

    stream_index: int
    packets: int
    first_s: float
    end_s: float
    packet_s: float
    jumps: Jumps

    @property
    def duration_s(self) -> float:
        """From the first presentation time to the last end, seconds."""
        return self.end_s - self.first_s


@remembered
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
            raise MediaError("no_audio", f"{shown(path)} has no sound that can be read.", "Give a file with sound.")
        stream_index = stream.index  # a stream must not be asked once its container is closed
        found = list(timed_packets(container, stream))
    ticks = [tick for _, tick in found if tick is not None]
    if not ticks:
        raise MediaError("no_packets", f"The {kind} of {shown(path)} is empty.", "Copy or download it again.")
    first_s, end_s = min(tick.shown_s for tick in ticks), max(tick.shown_s + tick.length_s for tick in ticks)
    return StreamScan(stream_index, len(found), first_s, end_s, max(tick.length_s for tick in ticks), Jumps(ticks))


def timed_packets(container: InputContainer, *streams: Stream) -> Iterator[tuple["Packet[Any]", Tick | None]]:
    """The packets of streams that hold something, with their times.

    Args:
        container: an open file.
        *streams: some of its streams.

    Yields:
        Packet and times; None for one that is not shown, or has no time.
    """
    for packet in demux(container, *streams):
        if packet.size:
            yield packet, _tick(packet)


def _tick(packet: "Packet[Any]") -> Tick | None:
    stamp = packet.pts if packet.pts is not None else packet.dts
    if stamp is None or packet.is_discard or not packet.time_base:
        return None
    decoded_s = None if packet.dts is None else float(packet.dts * packet.time_base)
    rate = packet.stream.average_rate if isinstance(packet.stream, VideoStream) else None
    length_s = float((packet.duration or 0) * packet.time_base) or (float(1 / rate) if rate else 0.0)
    return Tick(decoded_s, float(stamp * packet.time_base), length_s)
