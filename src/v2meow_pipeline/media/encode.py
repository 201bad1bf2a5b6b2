"""Encoding of frames and audio to an MP4 video."""

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
# The fast AAC coder halves the encoding time without audible loss at these bit rates.
MP4 = TARGETS[".mp4"]._replace(options={"aac_coder": "fast"})


def exact_fps(fps: float | Fraction) -> Fraction:
    """Frame rate as a fraction; NTSC rates such as 23.976, 29.97 and 59.94 become exactly n * 1000 / 1001."""
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
    """Writes an MP4 file with H.264 (yuv420p) and AAC atomically, using one thread.

    The audio is padded with silence, or cut, to the length of the video. Odd frame sides are padded by one pixel by
    repeating the last row or column, since yuv420p needs even sides. Raises the MediaErrors of `ffmpeg.run`.

    Args:
        path: output file.
        frames: frames, uint8 [h, w, 3] RGB, all of the same size; consumed one by one.
        fps: frame rate, stored exactly; see `exact_fps` for NTSC rates.
        wave: float [n] or [n, channel], full scale 1; None writes no audio.
        sample_rate_hz: sample rate of `wave`, one that AAC supports, such as 16,000, 44,100 or 48,000 Hz.
        audio_kbps: audio bit rate, kbit/s.

    Returns:
        Number of frames written.

    Raises:
        MediaError: reason "unwritable", if the output directory cannot be written to.
    """
    rate = exact_fps(fps)
    try:
        with atomic_path(path) as partial:
            if wave is None:
                return _encode_picture(partial, frames, rate)
            with TemporaryDirectory() as folder:
                silent = Path(folder) / "silent.mp4"
                count = _encode_picture(silent, frames, rate)
                sound = Sound(_fit_length(wave, round(count / rate * sample_rate_hz)), sample_rate_hz, audio_kbps)
                copy_with_sound(Picture(silent, "mp4", 0, 0.0), sound, partial, MP4)
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
    raw_frames = _RawFrames(chain([first], frames), first.shape)
    size = f"{width + width % 2}x{height + height % 2}"
    picture = ffmpeg.input("pipe:0", format="rawvideo", pix_fmt="rgb24", s=size, framerate=str(rate))
    options = {"c:v": "libx264", "preset": "veryfast", "pix_fmt": "yuv420p", "threads": 1, "format": "mp4"}
    run(ffmpeg.output(picture, file_url(path), **options), raw_frames)
    return raw_frames.count


class _RawFrames:
    """Iterable over frames as raw bytes, which checks and counts them."""

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


def _fit_length(wave: np.ndarray, count: int) -> np.ndarray:
    wave = np.asarray(wave, np.float32)[:count]
    wave = wave[:, None] if wave.ndim == 1 else wave
    return np.pad(wave, ((0, count - len(wave)), (0, 0)))
