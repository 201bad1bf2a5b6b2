"""One ffmpeg command: a video stream copied packet by packet, and sound encoded beside it."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import ffmpeg
import numpy as np

from v2meow_pipeline.media.containers import ENCODERS, Encode, Target
from v2meow_pipeline.media.ffmpeg import file_url, local_input, run

PIECE_SAMPLES = 1 << 17


class Picture(NamedTuple):
    """A video stream in a file.

    Attributes:
        path: the file.
        container: demuxer names as `probe` gives them.
        stream_index: of the stream.
        first_s: presentation time of its first frame, which becomes time zero, seconds.
        codec: ffmpeg's name of it.
    """

    path: Path
    container: str
    stream_index: int
    first_s: float
    codec: str = "h264"


class Sound(NamedTuple):
    """What is to be heard.

    Attributes:
        wave: float32 [n, channel], full scale 1.
        sample_rate_hz: samples a second.
        kbps: bit rate once encoded.
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
    """Writes the picture and the sound, both from time zero.

    A failure of ffmpeg is a MediaError, see `ffmpeg.run`.

    Args:
        picture: the stream that is copied, unless `encode` names a codec.
        sound: encoded as the target wants; its length is not changed.
        output: the file to make, under any name.
        target: its container.
        comment: put into the metadata; None leaves it out.
        encode: "copy" leaves the picture unchanged; a codec encodes it, frame by frame.
        frames: how many there are at most; None writes all.
    """
    # Timestamps are copied and shifted by what was measured: ffmpeg's own shift differs between containers.
    demuxer = picture.container.partition(",")[0]
    seen = local_input(picture.path, demuxer, itsoffset=-picture.first_s, fflags="+genpts")
    rate = {"ar": sound.sample_rate_hz, "ac": sound.wave.shape[1]}
    heard = ffmpeg.input("pipe:0", format="f32le", protocol_whitelist="pipe", **rate)
    options = {
        **_picture_options(picture, target, encode),
        "c:a": target.audio_codec,
        "b:a": f"{sound.kbps}k",
        "format": target.muxer,
    }
    if comment is not None:
        options["metadata"] = f"comment={comment}"
    # Copied leading frames that are not keyframes are frames too (copyinkf); chapters and titles come along.
    flags = {"copyts": None, "copyinkf": None, "threads": 1, **target.options}
    if frames is not None:
        options["frames:v"] = frames
    streams = (seen[str(picture.stream_index)], heard["a"])
    run(ffmpeg.output(*streams, file_url(output), **options, **flags), _pieces(sound.wave))


def _picture_options(picture: Picture, target: Target, encode: Encode) -> dict[str, str | int]:
    """Options of the video stream. Sides grow to even lengths, which 4:2:0 needs, and every frame keeps its time."""
    codec = picture.codec if encode == "copy" else encode
    # Apple's players open HEVC under this name only.
    tag = {"tag:v": "hvc1"} if codec == "hevc" and target.muxer in ("mp4", "mov") else {}
    if encode == "copy":
        return {"c:v": "copy", **tag}
    even = {"vf": "pad=ceil(iw/2)*2:ceil(ih/2)*2", "fps_mode": "passthrough", "enc_time_base": "demux"}
    return {**ENCODERS[encode], **even, **tag}


def _pieces(wave: np.ndarray) -> Iterator[bytes]:
    for start in range(0, len(wave), PIECE_SAMPLES):
        yield wave[start : start + PIECE_SAMPLES].astype("<f4").tobytes()
