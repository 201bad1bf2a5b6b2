"""Duration of a stream."""

from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Discard
from av.video.stream import VideoStream

from v2meow_pipeline.media.pyav import demux, move_to
from v2meow_pipeline.media.source import open_media

# The last packet of a stream is searched in this final part of the file, seconds.
TAIL_S = 5.0


def duration_s(path: Path, container: InputContainer, stream: VideoStream | AudioStream, zero_s: float) -> float:
    """Duration of a stream, for video by its last packets, since the headers may be missing or wrong.

    Args:
        path: media file, which is opened again to read its end.
        container: the same file, open.
        stream: one of its streams.
        zero_s: container timestamp of the start of the stream, seconds.

    Returns:
        Duration in seconds; 0 if no packet can be read.
    """
    # MP4 states the audio duration without the encoder's priming; other containers only estimate it, if at all.
    if isinstance(stream, AudioStream) and "mp4" in container.format.name and stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    stated_s = container.duration / av.time_base if container.duration else 0.0
    end_s = _end_s_from(path, stream.index, stated_s - TAIL_S) if stated_s > TAIL_S else 0.0
    # Read the whole file if the stream ends long before the file, or the file cannot seek.
    end_s = end_s or _end_s_from(path, stream.index, None)
    return max(0.0, end_s - zero_s)


def _end_s_from(path: Path, index: int, from_s: float | None) -> float:
    """Container timestamp of the latest packet end from `from_s` on (None: in the whole file); 0 without packets."""
    end_s, count = 0.0, 0
    with open_media(path) as container:
        stream = container.streams[index]
        for other in container.streams:
            other.discard = Discard.default if other is stream else Discard.all
        usual_s = float(1 / stream.average_rate) if isinstance(stream, VideoStream) and stream.average_rate else 0.0
        if from_s is not None:
            move_to(container, from_s + (container.start_time or 0) / av.time_base, stream)
        for packet in demux(container, stream):
            stamp = packet.pts if packet.pts is not None else packet.dts
            count += packet.size > 0
            if packet.size and stamp is not None and not packet.is_discard and packet.time_base:
                end_s = max(
                    end_s,
                    float(stamp * packet.time_base) + (float((packet.duration or 0) * packet.time_base) or usual_s),
                )
        if end_s == 0.0 and from_s is None:
            end_s = count * usual_s  # a raw stream has a frame rate but no timestamps
    return end_s
