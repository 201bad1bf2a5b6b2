"""How long a stream lasts."""

from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Discard
from av.video.stream import VideoStream

from v2meow_pipeline.media.pyav import demux, move_to
from v2meow_pipeline.media.source import open_media

# How far before its end a file without a stated length is searched for its last packet.
TAIL_S = 5.0


def duration_s(path: Path, container: InputContainer, stream: VideoStream | AudioStream, zero_s: float) -> float:
    """The length of a stream: of video, when its last packets end, since headers may not say or err.

    Args:
        path: the file, opened again for its end.
        container: the open file.
        stream: one of its streams.
        zero_s: when the stream starts on the container's axis, seconds.

    Returns:
        Seconds; 0 where nothing of the stream can be read.
    """
    # MP4 states the length of sound without the encoder's priming; other containers estimate it, if they say anything.
    if isinstance(stream, AudioStream) and "mp4" in container.format.name and stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    stated_s = container.duration / av.time_base if container.duration else 0.0
    end_s = _end_s_from(path, stream.index, stated_s - TAIL_S) if stated_s > TAIL_S else 0.0
    # A stream may end long before the file, and a file that cannot seek gives nothing: then all of it is read.
    end_s = end_s or _end_s_from(path, stream.index, None)
    return max(0.0, end_s - zero_s)


def _end_s_from(path: Path, index: int, from_s: float | None) -> float:
    """When the last packet ends that is found from a time on, on the container's axis; 0 where none is."""
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
            end_s = count * usual_s  # a raw stream: all that is known is the rate
    return end_s
