"""Motion measurements between successive frames, from dense optical flow.

The flow is DIS (Kroeger et al. 2016, "Fast optical flow using dense inverse search") with its fast preset, averaged
over small squares and divided by the time between the two frames, so that speeds do not depend on the frame rate.
"""

import hashlib
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from v2meow_pipeline.encoders.peaks import find_peaks
from v2meow_pipeline.media.decode import SampledFrames

CELLS = 28  # squares per side, for thumbnails and by default for velocities
# A frame shown longer than this is treated as a freeze followed by a jump, not as slow motion.
LONGEST_FRAME_S = 0.25
SAME_FRAME_S = 1e-6
CUT = 0.35
PEAK_DISTANCE_S = 0.25
# Minimum prominence of a peak, in standard deviations.
PEAK_PROMINENCE = 1.0


class Motion(NamedTuple):
    """Motion measurements of each frame relative to the previous one; the unit of length is the image width.

    Attributes:
        velocity: velocity rightwards and downwards, in widths per second, float32 [t, squares, squares, 2].
        zoom: mean divergence of the velocity, in 1/s, positive for zooming in, float32 [t].
        brightness: mean brightness in [0, 1], float32 [t].
        change: mean absolute difference of brightness, in 1/s, float32 [t].
        cut: cut strength in [0, 1]: isolated structural dissimilarity to the previous frame, float32 [t].
    """

    velocity: np.ndarray
    zoom: np.ndarray
    brightness: np.ndarray
    change: np.ndarray
    cut: np.ndarray


def measure(frames: SampledFrames, fps: float, squares: int = CELLS, bridge_cuts: bool = True) -> Motion:
    """Measures the motion in a window.

    For repeated frames (same presentation time, when the video is slower than `fps`) the motion between two distinct
    frames is distributed over the time between them.

    Args:
        frames: gray frames, at least one.
        fps: sampling rate of the frames.
        squares: squares per side, over which velocity is averaged; the side of the frames gives one per pixel.
        bridge_cuts: whether to repeat the previous velocity at a cut, where flow is undefined; False keeps the computed
            flow, a burst in all directions.

    Returns:
        The measurements; those of the first frame repeat the second's.
    """
    count = len(frames.images)
    shown = np.flatnonzero(np.diff(frames.times_s, prepend=-np.inf) > SAME_FRAME_S)
    thumbnails = np.stack([cells(frames.images[i]) for i in shown]) / np.float32(255)
    velocity = np.zeros((count, squares, squares, 2), np.float32)
    change, cut = np.zeros(count, np.float32), np.zeros(count, np.float32)
    cuts = isolated(dissimilarity(thumbnails))
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    current: np.ndarray = np.zeros((squares, squares, 2), np.float32)
    for pair, (before, after) in enumerate(pairwise(shown)):
        elapsed_s = frames.times_s[after] - frames.times_s[before]
        frozen = elapsed_s > LONGEST_FRAME_S
        seconds = 1 / fps if frozen else elapsed_s
        slots = slice(after if frozen else before + 1, after + 1)
        if cuts[pair] < CUT or not bridge_cuts:
            dense = flow.calc(frames.images[before], frames.images[after], None)  # type: ignore[call-overload]
            current = cells(dense, squares) / np.float32(dense.shape[1] * seconds)
        velocity[slots] = current
        change[slots] = np.abs(thumbnails[pair + 1] - thumbnails[pair]).mean() / seconds
        cut[after] = cuts[pair]
    brightness = np.repeat(thumbnails.mean(axis=(1, 2)), np.diff(shown, append=count))
    if count > 1:
        velocity[0], change[0] = velocity[1], change[1]
    return Motion(velocity, divergence(velocity), brightness, change, cut)


def measured_once(frames: SampledFrames, fps: float) -> Motion:
    """Cached `measure` with default settings, shared by encoders that process the same frames in succession.

    Args:
        frames: gray frames, at least one.
        fps: sampling rate of the frames.

    Returns:
        The measurements; must not be modified.
    """
    digest = hashlib.blake2b(frames.images.tobytes())
    digest.update(np.array([fps, *frames.times_s], np.float64).tobytes())
    return _last_measured(_Frames(digest.hexdigest(), frames, fps))


class _Frames:
    """Frames that are hashed and compared by a digest, as a cache key."""

    def __init__(self, digest: str, frames: SampledFrames, fps: float) -> None:
        self.digest, self.frames, self.fps = digest, frames, fps

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frames) and self.digest == other.digest


@lru_cache(maxsize=1)
def _last_measured(key: _Frames) -> Motion:
    return measure(key.frames, key.fps)


def cells(
    image: UInt8[np.ndarray, "h w"] | Float[np.ndarray, "h w 2"], squares: int = CELLS
) -> Float[np.ndarray, "{squares} {squares} *channel"]:
    """Downsamples an image by averaging over squares, float32."""
    return cv2.resize(image.astype(np.float32), (squares, squares), interpolation=cv2.INTER_AREA)


def dissimilarity(thumbnails: Float[np.ndarray, "shown cell cell"]) -> Float[np.ndarray, " pair"]:
    """One minus the correlation of successive frames: near 0 for a flash, high for a cut."""
    flat = thumbnails.reshape(len(thumbnails), -1)
    centred = flat - flat.mean(axis=1, keepdims=True)
    standard = centred / (centred.std(axis=1, keepdims=True) + 0.01)
    return np.square(np.diff(standard, axis=0)).mean(axis=1) / 2


def isolated(values: Float[np.ndarray, " pair"]) -> Float[np.ndarray, " pair"]:
    """Amount by which each value exceeds both neighbours, in [0, 1]; low in fast motion, which spans many frames."""
    padded = np.pad(values, 1)
    return np.clip(values - np.maximum(padded[:-2], padded[2:]), 0, 1)


def divergence(velocity: Float[np.ndarray, "t cell cell 2"]) -> Float[np.ndarray, " t"]:
    """Mean divergence in 1/s, computed as the outward flow through the border (Gauss's theorem)."""
    right = velocity[:, :, -1, 0].mean(axis=1) - velocity[:, :, 0, 0].mean(axis=1)
    down = velocity[:, -1, :, 1].mean(axis=1) - velocity[:, 0, :, 1].mean(axis=1)
    return right + down


def motion_peaks(motion: np.ndarray, motion_hz: float) -> Float[np.ndarray, " peak"]:
    """Finds peaks of motion.

    Args:
        motion: motion energy of each frame, [t].
        motion_hz: frames per second.

    Returns:
        Times in seconds of local maxima, ascending, at least 0.25 s apart, with a prominence of at least one standard
        deviation; empty if the motion is constant.

    Raises:
        ValueError: if `motion` is not a finite 1D array, or the rate is not positive.
    """
    values = motion.astype(np.float64)
    if values.ndim != 1 or len(values) == 0 or not np.isfinite(values).all():
        raise ValueError(f"motion must be a finite, non-empty array [t]; its shape is {values.shape}")
    if not motion_hz > 0:
        raise ValueError(f"{motion_hz} Hz is not a rate: motion_hz must be positive")
    deviation = float(values.std())
    if deviation <= 1e-9 * np.abs(values).max():
        return np.zeros(0)
    distance = max(1, round(PEAK_DISTANCE_S * motion_hz))
    return find_peaks(values, distance, PEAK_PROMINENCE * deviation) / motion_hz
