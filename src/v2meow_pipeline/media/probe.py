"""Properties of a video file, or the reason why it cannot be used."""

from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from av.audio.stream import AudioStream
from av.container import InputContainer

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.extent import duration_s as extent_s
from v2meow_pipeline.media.file_cache import cached_while_unchanged
from v2meow_pipeline.media.further_streams import SubtitleTrack, describe_others, subtitle_tracks
from v2meow_pipeline.media.reel import Reel, TimedFrame
from v2meow_pipeline.media.source import audio_stream, display_name

# Number of frames read to check that timestamps increase.
FIRST_FRAMES = 10


class VideoInfo(NamedTuple):
    """Properties of a usable video.

    Attributes:
        path: video file.
        container: ffmpeg demuxer names, such as "mov,mp4,m4a,3gp,3g2,mj2".
        duration_s: time from the first frame to the end of the last, seconds.
        width: displayed width (with pixel aspect ratio and rotation applied), pixels.
        height: displayed height, pixels.
        rotation_deg: counter-clockwise rotation applied for display: 0, 90, 180 or 270 degrees.
        video_fps: average frame rate, Hz.
        frame_count: number of frames stated by the container, or None.
        has_audio: whether there is an audio stream that can be decoded.
        audio_rate_hz: sample rate of the audio stream, Hz, or None.
        audio_channels: number of channels of the audio stream, or None.
        audio_duration_s: duration of the audio stream, seconds, or None.
        video_codec: ffmpeg name of the video codec, such as "h264".
        audio_codec: ffmpeg name of the audio codec, or None.
        start_s: container timestamp of the first frame, seconds.
        comment: comment in the file's metadata, or empty.
        others: descriptions of further streams except subtitles, such as "2 further audio tracks".
        subtitles: subtitle tracks.
        audio_track: number of the audio stream among all of the file, from 1; 0 if there is none.
        audio_tracks: number of audio streams.
    """

    path: Path
    container: str
    duration_s: float
    width: int
    height: int
    rotation_deg: int
    video_fps: float
    frame_count: int | None
    has_audio: bool
    audio_rate_hz: int | None
    audio_channels: int | None
    audio_duration_s: float | None
    video_codec: str
    audio_codec: str | None
    start_s: float
    comment: str = ""
    others: tuple[str, ...] = ()
    subtitles: tuple[SubtitleTrack, ...] = ()
    audio_track: int = 0
    audio_tracks: int = 0


@cached_while_unchanged
def probe(path: Path) -> VideoInfo:
    """Reads the properties of a video from its headers and its first frames.

    An unusable file raises MediaError with a reason of `source.open_media` or `source.video_stream`, or "one_frame" (a
    still image), "no_frame_rate" (timestamps do not increase) or "raw_stream" (a stream without a container, and so
    without timestamps).

    Args:
        path: local video file.

    Returns:
        Properties of the video.
    """
    with Reel(path) as reel:
        stream, container = reel.stream, reel.container
        _require_container(container, path)
        fps = _frame_rate(reel, path)
        width, height, rotation_deg = _displayed_size(reel.first, stream.sample_aspect_ratio)
        sound = audio_stream(container)
        return VideoInfo(
            path=path,
            container=container.format.name,
            duration_s=extent_s(path, container, stream, reel.zero_s),
            width=width,
            height=height,
            rotation_deg=rotation_deg,
            video_fps=fps,
            frame_count=stream.frames or None,
            has_audio=sound is not None,
            audio_rate_hz=sound.rate if sound else None,
            audio_channels=sound.channels if sound else None,
            audio_duration_s=_sound_s(path, container, sound) if sound else None,
            # Name of the codec, not of the decoder in use, such as libdav1d.
            video_codec=stream.codec_context.codec.canonical_name,
            audio_codec=sound.codec_context.codec.canonical_name if sound else None,
            start_s=reel.zero_s,
            comment=str(container.metadata.get("comment", container.metadata.get("COMMENT", ""))),
            others=describe_others(container, stream, sound),
            subtitles=subtitle_tracks(container),
            audio_track=container.streams.audio.index(sound) + 1 if sound else 0,
            audio_tracks=len(container.streams.audio),
        )


def _require_container(container: InputContainer, path: Path) -> None:
    if container.format.long_name.startswith("raw "):
        raise MediaError(
            "raw_stream",
            f"{display_name(path)} is {container.format.long_name} without a container: its frames have no timestamps.",
            f"Mux it into a container at its frame rate: ffmpeg -r 25 -i {path.name} -c copy {path.stem}.mp4",
        )


def _frame_rate(reel: Reel, path: Path) -> float:
    # Keep only the times, since ten frames of the maximum size would need gigabytes.
    first = [frame.time_s for frame in islice(reel.since(0.0), FIRST_FRAMES)]
    if len(first) == 1:
        problem = f"{display_name(path)} has a single frame: it is a still image."
        raise MediaError("one_frame", problem, "Provide a video of at least two frames.")
    span_s = first[-1]
    if span_s <= 0:
        problem = f"The frames of {display_name(path)} all have the same timestamp: 0 frames per second."
        raise MediaError("no_frame_rate", problem, "Re-encode it with a frame rate.")
    rate = reel.stream.average_rate or reel.stream.guessed_rate
    return float(rate) if rate else (len(first) - 1) / span_s


def _displayed_size(first: TimedFrame, sample_aspect: Fraction | None) -> tuple[int, int, int]:
    """Displayed width and height, pixels, and counter-clockwise rotation, degrees."""
    width, height = round(first.frame.width * float(sample_aspect or 1)), first.frame.height
    rotation_deg = round(first.frame.rotation / 90) % 4 * 90
    return (height, width, rotation_deg) if rotation_deg % 180 else (width, height, rotation_deg)


def _sound_s(path: Path, container: InputContainer, sound: AudioStream) -> float:
    start_s = float((sound.start_time or 0) * (sound.time_base or 0))
    return extent_s(path, container, sound, start_s)
