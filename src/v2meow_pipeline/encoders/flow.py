"""Statistics of optical flow: how the picture moves within each second, and how regularly.

The offline stand-in for the paper's I3D on optical flow. Flow is measured between successive frames, since flow
between frames a second apart carries no rhythm, and the movement within each second is kept as envelopes, so that
tempo and beat phase survive the pooling to visual rate.
"""

import numpy as np
from jaxtyping import Float

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.encoders.image import check_count
from v2meow_pipeline.encoders.motion import CELLS, Motion, measured_once
from v2meow_pipeline.media.decode import FrameSpec, SampledFrames

REVISION = "flow_statistics-1"
SIZE_PX = 112
FINE_BINS, COARSE_BINS = 24, 12  # of the envelopes within a second
DIRECTIONS = 8
GRID = 4
PERCENTILES = (10, 50, 90, 99)
TEMPOS_BPM = np.geomspace(45.0, 240.0, 32)
TEMPOGRAM_S = 8.0
WIDTH = 4 * FINE_BINS + 2 * COARSE_BINS + DIRECTIONS + GRID**2 + len(PERCENTILES) + 4 + len(TEMPOS_BPM)

# Gains before the logarithm: movement of a hundredth of the width a second is just visible.
SPEED_GAIN, CHANGE_GAIN, ZOOM_GAIN = 20.0, 5.0, 10.0
BRIGHTNESS_GAIN, ONSET_GAIN = 4.0, 2.0


class FlowStatistics:
    """The `VisualEncoder` of movement; it has no weights.

    One row holds, in this order: envelopes over 24 bins of speed, onsets, change of brightness and brightness; over
    12 bins of zoom and cuts; movement in 8 directions; speed in a 4 x 4 grid; percentiles of speed; means of
    brightness, contrast, zoom and cuts; strength of 32 tempos in the 8 s around.

    Attributes:
        name: "flow_statistics".
        width: 184.
        fingerprint: of the statistics.
        frames: 112 px gray frames at flow rate, the whole picture squeezed into the square.
    """

    name = "flow_statistics"
    width = WIDTH

    def __init__(self, clock: Clock) -> None:
        """Nothing is loaded.

        Args:
            clock: gives the frame rate.
        """
        self.fingerprint = fingerprint(REVISION, clock.flow_fps)
        self.frames = FrameSpec(fps=float(clock.flow_fps), size_px=SIZE_PX, gray=True, fit="stretch")
        self._frames_per_row = clock.flow_fps / clock.visual_fps

    def encode(self, frames: SampledFrames, t_visual: int) -> Float[np.ndarray, "{t_visual} width"]:
        """The statistics of each visual frame, from the flow frames that it spans.

        Args:
            frames: gray frames of the whole window at flow rate.
            t_visual: visual frames in the window.

        Returns:
            float32, of the order of 1.

        Raises:
            ConfigError: when the number of frames does not fit `t_visual`.
        """
        if abs(len(frames.images) - t_visual * self._frames_per_row) > self._frames_per_row / 2:
            check_count(self.name, frames, round(t_visual * self._frames_per_row))
        columns = statistics(measured_once(frames, self.frames.fps), t_visual, self.frames.fps)
        return np.concatenate(columns, axis=1).astype(np.float32)


def statistics(motion: Motion, t_visual: int, fps: float) -> list[np.ndarray]:
    """The columns of the features, see `FlowStatistics`.

    Args:
        motion: the measurements at flow rate.
        t_visual: rows wanted.
        fps: flow frames a second.

    Returns:
        Arrays [t_visual, some width].
    """
    cell_speed = np.linalg.norm(motion.velocity, axis=-1)
    speed = compressed(cell_speed.mean(axis=(1, 2)), SPEED_GAIN)
    change = compressed(motion.change, CHANGE_GAIN)
    onsets = ONSET_GAIN * (rises(speed) + rises(change))
    zoom = compressed(motion.zoom, ZOOM_GAIN)
    level = BRIGHTNESS_GAIN * (motion.brightness - motion.brightness.mean())
    fine = [envelope(x, t_visual, FINE_BINS) for x in (speed, onsets, change, level)]
    coarse = [envelope(x, t_visual, COARSE_BINS) for x in (zoom, motion.cut)]
    percentiles = np.percentile(cell_speed.reshape(len(speed), -1), PERCENTILES, axis=1).T
    means = np.stack([2 * motion.brightness - 1, level**2, zoom, motion.cut * fps], axis=1)
    return [
        *fine,
        *coarse,
        pool(compressed(directions(motion.velocity), SPEED_GAIN), t_visual),
        pool(compressed(grid(cell_speed), SPEED_GAIN), t_visual),
        pool(compressed(percentiles, SPEED_GAIN), t_visual),
        pool(means, t_visual),
        tempogram(onsets, t_visual, fps),
    ]


def compressed(x: Float[np.ndarray, "..."], gain: float) -> Float[np.ndarray, "..."]:
    """Sign times log(1 + gain |x|): keeps small movement visible beside large."""
    return np.sign(x) * np.log1p(gain * np.abs(x))


def rises(x: Float[np.ndarray, " t"]) -> Float[np.ndarray, " t"]:
    """How much each value exceeds the one before, else 0."""
    return np.maximum(np.diff(x, prepend=x[:1]), 0)


def pool(x: Float[np.ndarray, "t width"], bins: int) -> Float[np.ndarray, "{bins} width"]:
    """Means over equal stretches of time; a frame that two stretches share counts in both by its share."""
    edges = np.linspace(0, len(x), bins + 1)
    start = np.arange(len(x))
    overlap = np.minimum(edges[1:, None], start + 1) - np.maximum(edges[:-1, None], start)
    weights = np.maximum(overlap, 0)
    return (weights / weights.sum(axis=1, keepdims=True)) @ x


def envelope(x: Float[np.ndarray, " t"], t_visual: int, bins: int) -> Float[np.ndarray, "{t_visual} {bins}"]:
    """`x` within each visual frame, in `bins` steps."""
    return pool(x[:, None], t_visual * bins).reshape(t_visual, bins)


def directions(velocity: Float[np.ndarray, "t cell cell 2"]) -> Float[np.ndarray, "t direction"]:
    """Mean speed towards each of 8 directions, from rightwards clockwise."""
    angles = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    towards = velocity.reshape(len(velocity), -1, 2) @ np.stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    return np.maximum(towards, 0).mean(axis=1)


def grid(cell_speed: Float[np.ndarray, "t cell cell"]) -> Float[np.ndarray, "t square"]:
    """Mean speed in each square of a 4 x 4 grid, row by row."""
    side = CELLS // GRID
    return cell_speed.reshape(len(cell_speed), GRID, side, GRID, side).mean(axis=(2, 4)).reshape(len(cell_speed), -1)


def tempogram(onsets: Float[np.ndarray, " t"], t_visual: int, fps: float) -> Float[np.ndarray, "{t_visual} tempo"]:
    """How regular the onsets around each visual frame are at each tempo (a Fourier tempogram, Grosche et al. 2010).

    Args:
        onsets: onset strength at flow rate.
        t_visual: rows wanted.
        fps: flow frames a second.

    Returns:
        From 0 (no onsets at this tempo) to about 2 (onsets at this tempo and nothing else).
    """
    time_s = np.arange(len(onsets)) / fps
    centre_s = (np.arange(t_visual) + 0.5) * len(onsets) / t_visual / fps
    distance = np.abs(time_s - centre_s[:, None]) / TEMPOGRAM_S
    windows = np.where(distance < 0.5, np.cos(np.pi * distance) ** 2, 0)
    mean = (windows @ onsets) / windows.sum(axis=1)
    local = windows * (onsets - mean[:, None])
    waves = np.exp(-2j * np.pi * time_s[:, None] * TEMPOS_BPM / 60)
    norm = np.sqrt((windows * (onsets - mean[:, None]) ** 2).sum(axis=1) * windows.sum(axis=1) / 2)
    return 2 * np.abs(local @ waves) / (norm[:, None] + 1e-2)
