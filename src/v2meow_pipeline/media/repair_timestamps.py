"""Detection and repair of discontinuous timestamps.

In concatenated and damaged recordings, timestamps can jump back to zero or ahead by hours. Like players and ffmpeg,
the repaired copy makes the timestamps of each stream continue across a discontinuity; packets are copied unchanged.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import Any, Literal

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.stream import VideoStream

from v2meow_pipeline.atomic import temporary_path
from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.further_streams import counted, describe_others
from v2meow_pipeline.media.pyav import PYAV_ERRORS, reason_of
from v2meow_pipeline.media.scan import StreamScan, scan, timed_packets
from v2meow_pipeline.media.source import audio_stream, display_name, open_media, video_stream
from v2meow_pipeline.media.timestamps import Discontinuities

log = logging.getLogger(__name__)

REASON, REMEDY = "timestamps", "Re-encode it, for instance to H.264 in .mp4."


def check_timestamps(path: Path, video: StreamScan) -> None:
    """Refuses a video with discontinuous timestamps.

    Args:
        path: local video file.
        video: scan of its video stream.

    Raises:
        MediaError: reason "timestamps", if there is a discontinuity.
    """
    found_s = video.discontinuities.times_s
    if found_s:
        problem = f"The timestamps of {display_name(path)} jump {len(found_s)} times, first to {found_s[0]:.1f} s."
        raise MediaError(REASON, problem, REMEDY)


@contextmanager
def with_continuous_timestamps(path: Path) -> Iterator[Path]:
    """Context manager that provides a video with continuous timestamps.

    A repaired copy has the video and one audio stream; a warning names the streams that it lacks.

    Args:
        path: local video file.

    Yields:
        `path`, or a temporary repaired copy if its timestamps are discontinuous.

    Raises:
        MediaError: reason "timestamps", if the copy cannot be made, or those of `scan`.
    """
    if not scan(path, "video").discontinuities.times_s:
        yield path
        return
    with temporary_path(Path(gettempdir()), path.name) as copy:
        try:
            _copy(path, copy)
        except PYAV_ERRORS as error:
            problem = f"The timestamps of {display_name(path)} jump, and it cannot be copied ({reason_of(error)})."
            raise MediaError(REASON, problem, REMEDY) from error
        check_timestamps(copy, scan(copy, "video"))
        yield copy


def _copy(path: Path, target: Path) -> None:
    kinds: tuple[Literal["video", "audio"], ...] = ("video", "audio")
    with open_media(path) as source, av.open(str(target), "w", format="matroska") as output:
        sound = audio_stream(source)
        picture = video_stream(source, path)
        _warn_of_missing(path, source, picture, sound)
        streams = [picture, *([sound] if sound else [])]
        found = {stream.index: scan(path, kind).discontinuities for stream, kind in zip(streams, kinds, strict=False)}
        output.metadata.update(source.metadata)
        copies = {stream.index: output.add_stream_from_template(stream) for stream in streams}
        numbers = dict.fromkeys(found, 0)
        for stream in streams:
            stream.discard = Discard.default  # `video_stream` discards the audio stream
        for packet, time in timed_packets(source, *streams):
            index = packet.stream.index
            if time is not None:
                _shift(packet, found[index], numbers[index])
                numbers[index] += 1
                packet.stream = copies[index]
                output.mux(packet)


def _warn_of_missing(path: Path, source: InputContainer, picture: VideoStream, sound: AudioStream | None) -> None:
    """Logs which streams a repaired copy lacks."""
    subtitles = counted(["subtitle track"] * len(source.streams.subtitles))
    missing = [*describe_others(source, picture, sound), *subtitles]
    if missing:
        name = display_name(path)
        log.warning("The timestamps of %s jump. Left out of the repaired copy: %s.", name, ", ".join(missing))


def _shift(packet: "Packet[Any]", found: Discontinuities, number: int) -> None:
    tick_s = packet.time_base
    stamps = (None if stamp is None else float(stamp * tick_s) for stamp in (packet.pts, packet.dts))
    packet.pts, packet.dts = (
        None if time_s is None else round((time_s + found.offset_s(number, time_s)) / tick_s) for time_s in stamps
    )
