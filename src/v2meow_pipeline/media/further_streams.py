"""Streams of a video file beside its picture and its sound: which an output keeps, and descriptions of the others."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from v2meow_pipeline.media.containers import Target

# Subtitles of these codecs can be converted to each other; all others are pictures.
TEXT_CODECS = frozenset(["subrip", "ass", "ssa", "mov_text", "webvtt", "text"])
NAMES = {"video": "further video track", "audio": "further audio track"}


class SubtitleTrack(NamedTuple):
    """Subtitle track of a file.

    Attributes:
        stream_index: index of the stream in the file.
        codec: ffmpeg name of its codec; empty if unknown.
    """

    stream_index: int
    codec: str


def subtitle_tracks(container: InputContainer) -> tuple[SubtitleTrack, ...]:
    """Subtitle tracks of an open file."""
    return tuple(
        SubtitleTrack(stream.index, stream.codec_context.codec.canonical_name if stream.codec_context else "")
        for stream in container.streams.subtitles
    )


def kept_subtitles(tracks: Iterable[SubtitleTrack], target: Target) -> dict[int, str]:
    """Subtitle tracks that a container can hold.

    Args:
        tracks: subtitle tracks of the source.
        target: container of the output.

    Returns:
        ffmpeg encoder by stream index; "copy" copies a track unchanged.
    """
    encoders = {
        track.stream_index: "copy" if track.codec in target.subtitle_codecs else target.subtitle_encoder
        for track in tracks
        if track.codec in target.subtitle_codecs | TEXT_CODECS
    }
    return {index: encoder for index, encoder in encoders.items() if encoder}


def describe_others(container: InputContainer, picture: VideoStream, sound: AudioStream | None) -> tuple[str, ...]:
    """Descriptions of the streams that are neither the picture, the sound nor subtitles, counted by kind.

    Args:
        container: open file.
        picture: its video stream.
        sound: its audio stream, or None.

    Returns:
        Descriptions such as "2 further audio tracks".
    """
    used = {picture.index} | ({sound.index} if sound else set())
    others = [s for s in container.streams if s.index not in used and s.type != "subtitle"]
    # MP4 files store the titles of chapters as a data track; they are copied with the chapters.
    if container.chapters():
        others = [s for s in others if s.type != "data" or s.metadata.get("handler_name") != "SubtitleHandler"]
    return counted(_name(stream) for stream in others)


def counted(names: Iterable[str]) -> tuple[str, ...]:
    """Names with their numbers, such as "2 subtitle tracks"."""
    counts: Mapping[str, int] = Counter(names)
    return tuple(f"{count} {name}{'s' * (count > 1)}" for name, count in counts.items())


def _name(stream: Stream) -> str:
    if stream.disposition & Disposition.attached_pic:
        return "cover picture"
    return NAMES.get(stream.type, f"{stream.type} track")
