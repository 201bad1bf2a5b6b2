"""How long a stream lasts."""

from contextlib import suppress
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from v2meow_pipeline.media.source import open_media

# How far before its end a file without a stated length is searched for its last packet.
TAIL_S = 5.0


def duration_s(path: Path, container: InputContainer, stream: VideoStream | AudioStream, zero_s: float) -> float:
    """The length of a stream: stated by the stream, by a Matroska tag, or found at the end of the file.

    Args:
        path: the file, opened again where its end must be read.
        container: the open file.
        stream: one of its streams.
        zero_s: when the stream starts on the container's axis, seconds.

    Returns:
        Seconds; 0 where nothing of the stream can be read.
    """
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    end_s = _tagged_end_s(stream.metadata.get("DURATION", ""))
    if end_s is None:
        end_s = _last_packet_end_s(path, stream.index, container.duration)
    return max(0.0, end_s - zero_s)


def _tagged_end_s(text: str) -> float | None:
    """Seconds of a Matroska DURATION tag such as "00:00:30.033000000"; None where it is none."""
    try:
        hours, minutes, seconds = text.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    except ValueError:
        return None


def _last_packet_end_s(path: Path, index: int, stated: int | None) -> float:
    """When the last packet of a stream ends, on the container's axis: from the tail of the file if there it is."""
    tail_s = stated / av.time_base - TAIL_S if stated else 0.0
    end_s = _end_s_from(path, index, tail_s) if tail_s > 0 else 0.0
    return end_s if end_s > 0 else _end_s_from(path, index, None)


def _end_s_from(path: Path, index: int, from_s: float | None) -> float:
    end_s = 0.0
    with open_media(path) as container, suppress(av.FFmpegError):
        if from_s is not None:
            container.seek(round(from_s * av.time_base) + (container.start_time or 0))
        for packet in container.demux(container.streams[index]):
            stamp = packet.pts if packet.pts is not None else packet.dts
            if packet.size and stamp is not None and not packet.is_discard:
                end_s = max(end_s, float((stamp + (packet.duration or 0)) * packet.time_base))
    return end_s
