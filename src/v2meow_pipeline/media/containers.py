"""Output containers by file suffix, with the video codecs they can hold and their audio codec."""

from pathlib import Path
from typing import Literal, NamedTuple

from v2meow_pipeline.errors import MediaError

Encode = Literal["copy", "h264", "hevc", "av1"]
SAMPLE_RATE_HZ = 48_000  # supported by all players of AAC and Opus


class Target(NamedTuple):
    """Output container format.

    Attributes:
        muxer: ffmpeg name of the muxer.
        audio_codec: ffmpeg name of the audio encoder.
        video_codecs: video codecs that can be copied into the container; empty if all can.
        options: ffmpeg options of the muxer and the audio encoder.
        subtitle_encoder: ffmpeg name of the encoder of text subtitles; empty if it holds none.
        subtitle_codecs: subtitle codecs that can be copied into the container.
    """

    muxer: str
    audio_codec: str
    video_codecs: frozenset[str]
    options: dict[str, str]
    subtitle_encoder: str = ""
    subtitle_codecs: frozenset[str] = frozenset()


ENCODE_HINT = "--encode h264"
# Video encoders with their options, at visually near-lossless quality.
ENCODERS: dict[str, dict[str, str | int]] = {
    "h264": {"c:v": "libx264", "preset": "medium", "crf": 18, "pix_fmt": "yuv420p"},
    "hevc": {"c:v": "libx265", "preset": "medium", "crf": 20, "pix_fmt": "yuv420p", "x265-params": "log-level=error"},
    "av1": {"c:v": "libsvtav1", "preset": 8, "crf": 28, "pix_fmt": "yuv420p"},
}
_MP4 = frozenset(["h264", "hevc", "av1", "vp9", "mpeg4", "mpeg2video", "mpeg1video", "mjpeg", "vvc"])
_MOV = (_MP4 - {"vp9", "vvc"}) | frozenset(["prores", "dnxhd", "qtrle", "png", "rawvideo", "dvvideo", "jpeg2000"])
_FAST_START = {"movflags": "+faststart"}
_MOV_TEXT = ("mov_text", frozenset(["mov_text"]))
_MKV_SUBTITLES = frozenset(["subrip", "ass", "webvtt", "hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle"])
TARGETS = {
    ".mp4": Target("mp4", "aac", _MP4, _FAST_START, *_MOV_TEXT),
    ".m4v": Target("mp4", "aac", _MP4, _FAST_START, *_MOV_TEXT),
    ".mov": Target("mov", "aac", _MOV, _FAST_START, *_MOV_TEXT),
    ".webm": Target("webm", "libopus", frozenset(("vp8", "vp9", "av1")), {}, "webvtt", frozenset(["webvtt"])),
    ".mkv": Target("matroska", "aac", frozenset(), {}, "srt", _MKV_SUBTITLES),
}
# Outputs without video, by suffix: muxer, encoder and options.
SOUND_TARGETS = {
    ".wav": Target("wav", "pcm_s16le", frozenset(), {}),
    ".flac": Target("flac", "flac", frozenset(), {}),
    ".mp3": Target("mp3", "libmp3lame", frozenset(), {}),
    ".opus": Target("ogg", "libopus", frozenset(), {}),
    ".m4a": Target("ipod", "aac", frozenset(), _FAST_START),
}


def is_sound(output: Path) -> bool:
    """Whether the suffix of an output file is that of an audio format."""
    return output.suffix.lower() in SOUND_TARGETS


def target_for(output: Path, video_codec: str) -> Target:
    """Container format for an output file, by its suffix.

    Args:
        output: output file.
        video_codec: ffmpeg name of the video codec of the output.

    Returns:
        Container format.

    Raises:
        MediaError: reason "suffix", if the suffix is unknown or its container cannot hold this video codec.
    """
    target = TARGETS.get(output.suffix.lower())
    if target is not None and (not target.video_codecs or video_codec in target.video_codecs):
        return target
    if output.suffix.lower() not in TARGETS:
        raise _unknown_suffix(output)
    # PyAV takes longer to load than all else that `v2meow --help` needs.
    from v2meow_pipeline.media.source import display_name

    fitting = ", ".join(s for s, t in TARGETS.items() if not t.video_codecs or video_codec in t.video_codecs)
    problem = f"{_kind_of_file(output)} cannot hold {video_codec} video unchanged ({display_name(output)})."
    raise MediaError("suffix", problem, f"Name the output with one of {fitting}, or encode the video: {ENCODE_HINT}.")


def check_suffix(output: Path) -> None:
    """Checks that files with this suffix can be written, with or without video.

    Args:
        output: output file.

    Raises:
        MediaError: reason "suffix", if the suffix is unknown.
    """
    if output.suffix.lower() not in {*TARGETS, *SOUND_TARGETS}:
        raise _unknown_suffix(output)


def _unknown_suffix(output: Path) -> MediaError:
    from v2meow_pipeline.media.source import display_name

    problem = f"{_kind_of_file(output)} is not a video container that can be written ({display_name(output)})."
    return MediaError("suffix", problem, f"Name the output with one of {', '.join([*TARGETS, *SOUND_TARGETS])}.")


def _kind_of_file(output: Path) -> str:
    return f"A {output.suffix} file" if output.suffix else "A file without a suffix"
