"""Small films with known movement."""

import cv2
import numpy as np

from v2meow_pipeline.media.decode import SampledFrames


def bouncing(texture: np.ndarray, bpm: float, source_fps: float = 24, duration_s: float = 10) -> SampledFrames:
    """The texture, thrown down on each beat and rising back, filmed at `source_fps` and sampled at 24 fps."""
    sampled_s = np.arange(round(24 * duration_s)) / 24
    times_s = np.floor(sampled_s * source_fps + 1e-9) / source_fps
    height = 12 * np.exp(-5 * ((times_s * bpm / 60) % 1))
    return SampledFrames(np.stack([shifted(texture, 0, dy) for dy in height]), times_s)


def shifted(texture: np.ndarray, dx: float, dy: float) -> np.ndarray:
    """The texture moved right by `dx` and down by `dy` pixels."""
    matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    return cv2.warpAffine(texture, matrix, texture.shape[::-1], borderMode=cv2.BORDER_REFLECT)
