"""Videos whose frames say which frame they are, made to order for tests."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import ffmpeg
import numpy as np

from v2meow_pipeline.media.ffmpeg import file_url, run

GRID = 4  # blocks a side: 16 bits


def barcode(index: int, width: int = 64, height: int = 64) -> np.ndarray:
    """uint8 [h, w]: the bits of a frame's number as 4 x 4 blocks, the lowest at the top left."""
    bits = np.array([(index >> bit) & 1 for bit in range(GRID * GRID)], np.uint8).reshape(GRID, GRID)
    return cv2.resize(bits * 200 + 28, (width, height), interpolation=cv2.INTER_NEAREST)


def read_barcode(image: np.ndarray) -> int:
    """The number in a picture of `barcode`."""
    centres = ((np.arange(GRID) + 0.5) * image.shape[0] / GRID).astype(int)
    bits = image[np.ix_(centres, centres)].reshape(-1) > 128
    return int(sum(1 << bit for bit, is_set in enumerate(bits) if is_set))


def make_video(
    path: Path,
    ticks: Sequence[int],
    time_base: Fraction,
    *,
    size: tuple[int, int] = (64, 64),
    codec: str = "libx264",
    rotation_deg: int = 0,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    rate: Fraction | None = None,
    container: str | None = None,
) -> Path:
    """A video of barcodes, frame i shown at `ticks[i] * time_base` seconds; `size` is stored, before rotation."""
    rate, turns = rate or Fraction(25), rotation_deg // 90
    displayed = size[::-1] if turns % 2 else size
    with av.open(str(path), "w", format=container, container_options=container_options or {}) as out:
        stream = out.add_stream(codec, rate=rate, options={"preset": "ultrafast", "bf": "2", **(options or {})})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = time_base
        if rotation_deg:
            stream.set_display_rotation(rotation_deg)
        for index, tick in enumerate(ticks):
            stored = np.ascontiguousarray(np.rot90(barcode(index, *displayed), -turns))
            frame = av.VideoFrame.from_ndarray(stored, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = tick, time_base
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def make_constant(path: Path, fps: Fraction, duration_s: float, **options: object) -> Path:
    """A video of barcodes at a constant rate."""
    count = round(duration_s * fps)
    ticks = [index * fps.denominator for index in range(count)]
    return make_video(path, ticks, Fraction(1, fps.numerator), rate=fps, **options)  # type: ignore[arg-type]


def add_sound(video: Path, wave: np.ndarray, sample_rate_hz: int, path: Path, codec: str = "aac", **extra: str) -> Path:
    """A copy of a video with a sound track [n, channel] as it is."""
    wave = wave[:, None] if wave.ndim == 1 else wave
    heard = ffmpeg.input("pipe:0", format="f32le", ar=sample_rate_hz, ac=wave.shape[1])
    seen = ffmpeg.input(file_url(video))
    run(
        ffmpeg.output(seen["v"], heard["a"], file_url(path), **{"c:v": "copy", "c:a": codec, **extra}),
        [wave.astype("<f4").tobytes()],
    )
    return path


def clicks(times_s: Sequence[float], duration_s: float, sample_rate_hz: int) -> np.ndarray:
    """float32 [n]: a short burst at each time."""
    wave = np.zeros(round(duration_s * sample_rate_hz), np.float32)
    for time_s in times_s:
        start = round(time_s * sample_rate_hz)
        length = sample_rate_hz // 200
        wave[start : start + length] = 0.8 * np.sin(2 * np.pi * 1000 * np.arange(length) / sample_rate_hz)
    return wave
