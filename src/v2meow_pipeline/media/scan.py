"""Every packet of a stream counted, without decoding: what a copy of it must have."""

from pathlib import Path
from typing import Literal, NamedTuple

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.source import audio_stream, open_media, shown, video_stream


class StreamScan(NamedTuple):
    """A stream as its packets tell it.

    Attributes:
        stream_index: of the stream in its container.
        packets: how many there are; for video, frames.
        first_s: presentation time of the first that is shown or heard, seconds on the container's axis.
        end_s: when the last ends.
        packet_s: the longest duration of a packet, seconds.
    """

    stream_index: int
    packets: int
    first_s: float
    end_s: float
    packet_s: float

    @property
    def duration_s(self) -> float:
        """From the first presentation time to the last end, seconds."""
        return self.end_s - self.first_s


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
        usual = 1 / stream.average_rate if kind == "video" and stream.average_rate else 0
        spans, packets = [], 0
        for packet in container.demux(stream):
            packets += packet.size > 0
            stamp = packet.pts if packet.pts is not None else packet.dts
            if packet.size and stamp is not None and not packet.is_discard and packet.time_base:
                length_s = float((packet.duration or 0) * packet.time_base or usual)
                spans.append((float(stamp * packet.time_base), length_s))
    if not spans:
        raise MediaError("no_packets", f"The {kind} of {shown(path)} is empty.", "Copy or download it again.")
    first_s, end_s = min(at for at, _ in spans), max(at + length for at, length in spans)
    return StreamScan(stream_index, packets, first_s, end_s, max(length for _, length in spans))
