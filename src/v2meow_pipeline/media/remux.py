"""ffmpeg command that copies or re-encodes a video stream and adds an encoded audio stream."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import ffmpeg
import numpy as np

from v2meow_pipeline.media.containers import ENCODERS, Encode, Target
from v2meow_pipeline.media.ffmpeg import file_url, local_input, run

CHUNK_SAMPLES = 1 << 17
LOSSLESS = frozenset(["pcm_s16le", "flac"])


class Picture(NamedTuple):
    """Video stream of a file.

    Attributes:
        path: video file.
        container: ffmpeg demuxer names, as in `VideoInfo.container`.
        stream_index: index of the stream in the file.
        first_s: presentation time of its first frame, seconds, which becomes time zero.
        codec: ffmpeg name of its codec.
        subtitles: ffmpeg encoders of the subtitle tracks to keep, by stream index; "copy" copies a track.
    """

    path: Path
    container: str
    stream_index: int
    first_s: float
    codec: str = "h264"
    subtitles: Mapping[int, str] = {}


class Sound(NamedTuple):
    """Audio to encode.

    Attributes:
        wave: float32 [n, channel], full scale 1.
        sample_rate_hz: sample rate, Hz.
        kbps: bit rate of the encoded audio, kbit/s.
    """

    wave: np.ndarray
    sample_rate_hz: int
    kbps: int


def copy_with_sound(
    picture: Picture,
    sound: Sound,
    output: Path,
    target: Target,
    comment: str | None = None,
    encode: Encode = "copy",
    frames: int | None = None,
) -> None:
    """Writes a video stream and audio to a file, both starting at time zero.

    Raises the MediaErrors of `ffmpeg.run`.

    Args:
        picture: video stream.
        sound: audio; its length is not changed.
        output: output file; any file name.
        target: container of the output.
        comment: comment for the metadata; None adds none.
        encode: "copy" copies the video stream; a codec re-encodes it frame by frame.
        frames: maximum number of video frames; None writes all.
    """
    # Timestamps are copied and shifted by `first_s`, since ffmpeg's own shift differs between containers.
    demuxer = picture.container.partition(",")[0]
    video = local_input(picture.path, demuxer, itsoffset=-picture.first_s, fflags="+genpts")
    rate = {"ar": sound.sample_rate_hz, "ac": sound.wave.shape[1]}
    audio = ffmpeg.input("pipe:0", format="f32le", protocol_whitelist="pipe", **rate)
    options = {
        **_picture_options(picture, target, encode),
        "c:a": target.audio_codec,
        "b:a": f"{sound.kbps}k",
        "format": target.muxer,
    }
    if comment is not None:
        options["metadata"] = f"comment={comment}"
    # copyinkf also copies leading frames that are not keyframes.
    flags = {"copyts": None, "copyinkf": None, "threads": 1, **target.options}
    if frames is not None:
        options["frames:v"] = frames
    options |= {f"c:s:{number}": encoder for number, encoder in enumerate(picture.subtitles.values())}
    if picture.subtitles and picture.first_s > 0:
        # For times below zero, containers would move all streams.
        options["bsf:s"] = r"noise=drop=lt(pts\,0)"
    subtitles = (video[str(index)] for index in picture.subtitles)
    streams = (video[str(picture.stream_index)], audio["a"], *subtitles)
    run(ffmpeg.output(*streams, file_url(output), **options, **flags), _chunks(sound.wave))


def write_sound_file(sound: Sound, output: Path, target: Target, comment: str) -> None:
    """Encodes audio to a file without video.

    Raises the MediaErrors of `ffmpeg.run`.

    Args:
        sound: audio; its length is not changed.
        output: output file; any file name.
        target: audio format.
        comment: comment for the metadata.
    """
    rate = {"ar": sound.sample_rate_hz, "ac": sound.wave.shape[1]}
    audio = ffmpeg.input("pipe:0", format="f32le", protocol_whitelist="pipe", **rate)
    options = {"c:a": target.audio_codec, "format": target.muxer, "metadata": f"comment={comment}"}
    if target.audio_codec not in LOSSLESS:
        options["b:a"] = f"{sound.kbps}k"
    run(ffmpeg.output(audio["a"], file_url(output), **options, **target.options), _chunks(sound.wave))


def _picture_options(picture: Picture, target: Target, encode: Encode) -> dict[str, str | int]:
    """Options of the video stream; encoding pads sides to even lengths for 4:2:0 and keeps frame times."""
    codec = picture.codec if encode == "copy" else encode
    # Apple players require this tag for HEVC.
    tag = {"tag:v": "hvc1"} if codec == "hevc" and target.muxer in ("mp4", "mov") else {}
    if encode == "copy":
        return {"c:v": "copy", **tag}
    even = {"vf": "pad=ceil(iw/2)*2:ceil(ih/2)*2", "fps_mode": "passthrough", "enc_time_base": "demux"}
    return {**ENCODERS[encode], **even, **tag}


def _chunks(wave: np.ndarray) -> Iterator[bytes]:
    for start in range(0, len(wave), CHUNK_SAMPLES):
        yield wave[start : start + CHUNK_SAMPLES].astype("<f4").tobytes()
