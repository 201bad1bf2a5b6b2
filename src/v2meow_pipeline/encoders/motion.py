"""Movement of the picture, measured between successive frames by dense optical flow.

Flow is DIS (Kroeger et al. 2016, "Fast optical flow using dense inverse search") at its fast preset, averaged over
small squares and divided by the time between the two pictures, so that a speed means the same at any frame rate.
"""

import hashlib
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from v2meow_pipeline.media.decode import SampledFrames

CELLS = 28  # squares per side, of thumbnails and by default of velocities
# A picture shown longer than this is a freeze followed by a jump, not slow movement.
LONGEST_FRAME_S = 0.25
SAME_FRAME_S = 1e-6
CUT = 0.35
PEAK_DISTANCE_S = 0.25
# A peak rises above its runtime by this many standard deviations.
PEAK_PROMINENCE = 1.0


class Motion(NamedTuple):
    """What is measured at each frame, against the frame before; lengths are widths of the picture.

    Attributes:
        velocity: float32 [t, squares, squares, 2], widths a second, rightwards and downwards.
        zoom: float32 [t], mean divergence, 1/s; positive when the picture grows.
        brightness: float32 [t], mean in [0, 1].
        change: float32 [t], mean absolute change of brightness, 1/s.
        cut: float32 [t], in [0, 1], how unlike the picture before in structure, where its neighbours are alike.
    """

    velocity: np.ndarray
    zoom: np.ndarray
    brightness: np.ndarray
    change: np.ndarray
    cut: np.ndarray


def measure(frames: SampledFrames, fps: float, squares: int = CELLS, bridge_cuts: bool = True) -> Motion:
    """The movement in a window.

    Frames that repeat the one before (same presentation time: the video is slower than `fps`) hold no zero: the
    movement between two pictures is spread over the time between them.

    Args:
        frames: gray, at least one.
        fps: at which they were sampled.
        squares: per side, over which velocity is averaged; the side of the frames keeps every pixel.
        bridge_cuts: at a cut, where flow means nothing, let the velocity before it go on; else the flow found there
            is kept, a burst in all directions.

    Returns:
        The measurements; those of the first frame, which has none before it, repeat the second's.
    """
    count = len(frames.images)
    shown = np.flatnonzero(np.diff(frames.times_s, prepend=-np.inf) > SAME_FRAME_S)
    thumbnails = np.stack([cells(frames.images[i]) for i in shown]) / np.float32(255)
    velocity = np.zeros((count, squares, squares, 2), np.float32)
    change, cut = np.zeros(count, np.float32), np.zeros(count, np.float32)
    cuts = isolated(dissimilarity(thumbnails))
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    moved: np.ndarray = np.zeros((squares, squares, 2), np.float32)
    for pair, (before, after) in enumerate(pairwise(shown)):
        elapsed_s = frames.times_s[after] - frames.times_s[before]
        frozen = elapsed_s > LONGEST_FRAME_S
        seconds = 1 / fps if frozen else elapsed_s
        slots = slice(after if frozen else before + 1, after + 1)
        if cuts[pair] < CUT or not bridge_cuts:
            dense = flow.calc(frames.images[before], frames.images[after], None)  # type: ignore[call-overload]
            moved = cells(dense, squares) / np.float32(dense.shape[1] * seconds)
        velocity[slots] = moved
        change[slots] = np.abs(thumbnails[pair + 1] - thumbnails[pair]).mean() / seconds
        cut[after] = cuts[pair]
    brightness = np.repeat(thumbnails.mean(axis=(1, 2)), np.diff(shown, append=count))
    if count > 1:
        velocity[0], change[0] = velocity[1], change[1]
    return Motion(velocity, divergence(velocity), brightness, change, cut)


def measured_once(frames: SampledFrames, fps: float) -> Motion:
    """As `measure` by default; encoders that ask for the same frames one after the other share one measurement.

    Args:
        frames: gray, at least one.
        fps: at which they were sampled.

    Returns:
        The measurements; not to be changed.
    """
    digest = hashlib.blake2b(frames.images.tobytes())
    digest.update(np.array([fps, *frames.times_s], np.float64).tobytes())
    return _last_measured(_Frames(digest.hexdigest(), frames, fps))


class _Frames:
    """Frames that are equal where their digests are."""

    def __init__(self, digest: str, frames: SampledFrames, fps: float) -> None:
        self.digest, self.frames, self.fps = digest, frames, fps

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frames) and self.digest == other.digest


@lru_cache(maxsize=1)
def _last_measured(asked: _Frames) -> Motion:
    return measure(asked.frames, asked.fps)


def cells(
    image: UInt8[np.ndarray, "h w"] | Float[np.ndarray, "h w 2"], squares: int = CELLS
) -> Float[np.ndarray, "{squares} {squares} *channel"]:
    """The image averaged over squares, as float32."""
    return cv2.resize(image.astype(np.float32), (squares, squares), interpolation=cv2.INTER_AREA)


def dissimilarity(thumbnails: Float[np.ndarray, "shown cell cell"]) -> Float[np.ndarray, " pair"]:
    """One minus the correlation of each picture with the next: a flash leaves it near 0, a cut does not."""
    flat = thumbnails.reshape(len(thumbnails), -1)
    centred = flat - flat.mean(axis=1, keepdims=True)
    standard = centred / (centred.std(axis=1, keepdims=True) + 0.01)
    return np.square(np.diff(standard, axis=0)).mean(axis=1) / 2


def isolated(values: Float[np.ndarray, " pair"]) -> Float[np.ndarray, " pair"]:
    """How far each value stands above both neighbours, in [0, 1]: fast movement is unlike for many frames in a row."""
    padded = np.pad(values, 1)
    return np.clip(values - np.maximum(padded[:-2], padded[2:]), 0, 1)


def divergence(velocity: Float[np.ndarray, "t cell cell 2"]) -> Float[np.ndarray, " t"]:
    """Mean divergence: outward flow through the border by the enclosed area (Gauss), 1/s."""
    right = velocity[:, :, -1, 0].mean(axis=1) - velocity[:, :, 0, 0].mean(axis=1)
    down = velocity[:, -1, :, 1].mean(axis=1) - velocity[:, 0, :, 1].mean(axis=1)
    return right + down


def motion_peaks(motion: np.ndarray, motion_hz: float) -> Float[np.ndarray, " peak"]:
    """The moments at which the picture moves most.

    Args:
        motion: motion energy, `[t]`, a value for each frame.
        motion_hz: values a second.

    Returns:
        Times of local maxima in seconds, ascending, at least 0.25 s apart, that rise by a standard deviation above
        their runtime; none where nothing varies.

    Raises:
        ValueError: if it is not a finite sequence, or the rate is not positive.
    """
    from scipy.signal import find_peaks

    values = motion.astype(np.float64)
    if values.ndim != 1 or len(values) == 0 or not np.isfinite(values).all():
        raise ValueError(f"a finite motion energy [t] is needed, not an array of shape {values.shape}")
    if not motion_hz > 0:
        raise ValueError(f"{motion_hz} Hz is not a rate")
    spread = float(values.std())
    if spread <= 1e-9 * np.abs(values).max():
        return np.zeros(0)
    apart = max(1, round(PEAK_DISTANCE_S * motion_hz))
    peaks, _ = find_peaks(values, distance=apart, prominence=PEAK_PROMINENCE * spread)
    return peaks / motion_hz
