"""A video made from frames and sound."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import ffmpeg
import numpy as np

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.containers import TARGETS
from v2meow_pipeline.media.ffmpeg import DISK_REMEDY, file_url, run
from v2meow_pipeline.media.remux import Picture, Sound, copy_with_sound
from v2meow_pipeline.media.source import display_name

NTSC_BASES = (24, 30, 60, 120)
# The fast coder halves the time; at these bit rates the sound is as good.
MP4 = TARGETS[".mp4"]._replace(options={"aac_coder": "fast"})


def exact_fps(fps: float | Fraction) -> Fraction:
    """A frame rate as a fraction; 23.976, 29.97, 59.94 and their like become n * 1000 / 1001 exactly."""
    for base in NTSC_BASES:
        if abs(float(fps) - base * 1000 / 1001) < 0.005:
            return Fraction(base * 1000, 1001)
    return Fraction(fps).limit_denominator(100_000)


def encode_video(
    path: Path,
    frames: Iterable[np.ndarray],
    fps: Fraction | float,
    wave: np.ndarray | None = None,
    sample_rate_hz: int = 48_000,
    audio_kbps: int = 160,
) -> int:
    """Writes an MP4 of H.264 (yuv420p) and AAC, atomically, with one thread.

    The sound is padded with silence, or cut, to the length of the picture. Sides of odd length grow by a pixel, the
    last row or column repeated, since yuv420p has none. A failure of ffmpeg is a MediaError, see `ffmpeg.run`.

    Args:
        path: the file to make.
        frames: uint8 [h, w, 3] RGB each, all of one size; consumed one by one.
        fps: frames a second, kept exactly; see `exact_fps` for 23.976 and its like.
        wave: float [n] or [n, channel], full scale 1; None writes no sound.
        sample_rate_hz: of `wave`; one that AAC knows, such as 16,000, 44,100 or 48,000.
        audio_kbps: bit rate of the sound.

    Returns:
        Number of frames written.

    Raises:
        MediaError: reason "unwritable", for a folder that cannot be written to.
    """
    rate = exact_fps(fps)
    try:
        with atomic_path(path) as partial:
            if wave is None:
                return _encode_picture(partial, frames, rate)
            with TemporaryDirectory() as folder:
                silent = Path(folder) / "silent.mp4"
                count = _encode_picture(silent, frames, rate)
                heard = Sound(_cut(wave, round(count / rate * sample_rate_hz)), sample_rate_hz, audio_kbps)
                copy_with_sound(Picture(silent, "mp4", 0, 0.0), heard, partial, MP4)
                return count
    except OSError as error:
        problem = f"{display_name(path)} cannot be written: {error.strerror}."
        raise MediaError("unwritable", problem, f"Check the folder and its permissions. {DISK_REMEDY}") from error


def _encode_picture(path: Path, frames: Iterable[np.ndarray], rate: Fraction) -> int:
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        raise ValueError("a video needs at least one frame")
    height, width = first.shape[:2]
    counted = _Counted(chain([first], frames), first.shape)
    size = f"{width + width % 2}x{height + height % 2}"
    picture = ffmpeg.input("pipe:0", format="rawvideo", pix_fmt="rgb24", s=size, framerate=str(rate))
    options = {"c:v": "libx264", "preset": "veryfast", "pix_fmt": "yuv420p", "threads": 1, "format": "mp4"}
    run(ffmpeg.output(picture, file_url(path), **options), counted)
    return counted.count


class _Counted:
    """Frames as bytes for a pipe, checked and counted."""

    def __init__(self, frames: Iterable[np.ndarray], shape: tuple[int, ...]) -> None:
        self._frames, self._shape, self.count = frames, shape, 0

    def __iter__(self) -> Iterator[bytes]:
        height, width = self._shape[:2]
        for frame in self._frames:
            if frame.shape != (height, width, 3) or frame.dtype != np.uint8:
                raise ValueError(f"frame {self.count} is {frame.dtype} {frame.shape}, not uint8 {(height, width, 3)}")
            self.count += 1
            if height % 2 or width % 2:
                frame = np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
            yield frame.tobytes()


def _cut(wave: np.ndarray, count: int) -> np.ndarray:
    wave = np.asarray(wave, np.float32)[:count]
    wave = wave[:, None] if wave.ndim == 1 else wave
    return np.pad(wave, ((0, count - len(wave)), (0, 0)))
