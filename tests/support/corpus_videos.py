"""Small videos for the tests of the corpus."""

from pathlib import Path

import numpy as np

from v2meow_pipeline.media.encode import encode_video

RATE_HZ = 16_000


def tone(duration_s: float, pitch_hz: float = 440.0, level: float = 0.3) -> np.ndarray:
    """A sine, float32 [n]."""
    return (level * np.sin(2 * np.pi * pitch_hz * np.arange(round(duration_s * RATE_HZ)) / RATE_HZ)).astype(np.float32)


def make_video(path: Path, duration_s: float, wave: np.ndarray | None, shade: int = 0, fps: float = 10) -> Path:
    """A 32 x 32 px video whose brightness tells the second, and whose colour the shade."""
    frames = (
        np.full((32, 32, 3), (shade, 60 + 6 * int(i / fps), 90), np.uint8) for i in range(round(duration_s * fps))
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    encode_video(path, frames, fps, wave, RATE_HZ)
    return path
