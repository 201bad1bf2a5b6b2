"""Hand-crafted statistics of optical flow, an offline substitute for the paper's I3D on optical flow.

Flow is computed between successive frames, since frames a second apart carry no rhythm. The motion within each second
is represented by envelopes, so that tempo and beat phase are preserved at the visual rate.
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
FINE_BINS, COARSE_BINS = 24, 12  # bins of the envelopes per visual frame
DIRECTIONS = 8
GRID = 4
PERCENTILES = (10, 50, 90, 99)
TEMPOS_BPM = np.geomspace(45.0, 240.0, 32)
TEMPOGRAM_S = 8.0
WIDTH = 4 * FINE_BINS + 2 * COARSE_BINS + DIRECTIONS + GRID**2 + len(PERCENTILES) + 4 + len(TEMPOS_BPM)

# Gains before the logarithm; motion of 1 % of the width per second is just noticeable.
SPEED_GAIN, CHANGE_GAIN, ZOOM_GAIN = 20.0, 5.0, 10.0
BRIGHTNESS_GAIN, ONSET_GAIN = 4.0, 2.0


class FlowStatistics:
    """Visual encoder of motion statistics, without weights; implements `VisualEncoder`.

    The columns are, in order: envelopes of 24 bins of speed, onsets, frame difference and brightness; envelopes of 12
    bins of zoom and cuts; speed in 8 directions; speed in a 4 x 4 grid; percentiles of speed; means of brightness,
    brightness variation, zoom and cuts; strength of 32 tempos in the surrounding 8 s.

    Attributes:
        name: "flow_statistics".
        width: 184.
        fingerprint: revision of the statistics and the flow rate.
        frames: gray frames of 112 px at the flow rate, stretched to a square.
    """

    name = "flow_statistics"
    width = WIDTH

    def __init__(self, clock: Clock) -> None:
        """Sets the frame rates.

        Args:
            clock: flow and visual frame rates.
        """
        self.fingerprint = fingerprint(REVISION, clock.flow_fps)
        self.frames = FrameSpec(fps=float(clock.flow_fps), size_px=SIZE_PX, gray=True, fit="stretch")
        self._frames_per_row = clock.flow_fps / clock.visual_fps

    def encode(self, frames: SampledFrames, t_visual: int) -> Float[np.ndarray, "{t_visual} width"]:
        """Computes the statistics of each visual frame from its flow frames.

        Args:
            frames: gray frames of the whole window at the flow rate.
            t_visual: number of visual frames in the window.

        Returns:
            Features, float32, of order 1.

        Raises:
            ConfigError: if the number of frames does not match `t_visual`.
        """
        if abs(len(frames.images) - t_visual * self._frames_per_row) > self._frames_per_row / 2:
            check_count(self.name, frames, round(t_visual * self._frames_per_row))
        columns = statistics(measured_once(frames, self.frames.fps), t_visual, self.frames.fps)
        return np.concatenate(columns, axis=1).astype(np.float32)


def statistics(motion: Motion, t_visual: int, fps: float) -> list[np.ndarray]:
    """Computes the columns of the features (see `FlowStatistics`).

    Args:
        motion: motion measurements at the flow rate.
        t_visual: number of rows.
        fps: flow frames per second.

    Returns:
        Groups of columns, each [t_visual, width of the group].
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
    """Signed logarithmic compression: sign(x) log(1 + gain |x|)."""
    return np.sign(x) * np.log1p(gain * np.abs(x))


def rises(x: Float[np.ndarray, " t"]) -> Float[np.ndarray, " t"]:
    """Positive part of the difference to the previous value."""
    return np.maximum(np.diff(x, prepend=x[:1]), 0)


def pool(x: Float[np.ndarray, "t width"], bins: int) -> Float[np.ndarray, "{bins} width"]:
    """Means over `bins` equal intervals; a frame that overlaps two intervals is weighted by its overlap."""
    edges = np.linspace(0, len(x), bins + 1)
    start = np.arange(len(x))
    overlap = np.minimum(edges[1:, None], start + 1) - np.maximum(edges[:-1, None], start)
    weights = np.maximum(overlap, 0)
    return (weights / weights.sum(axis=1, keepdims=True)) @ x


def envelope(x: Float[np.ndarray, " t"], t_visual: int, bins: int) -> Float[np.ndarray, "{t_visual} {bins}"]:
    """Envelope of `x` within each visual frame, in `bins` bins."""
    return pool(x[:, None], t_visual * bins).reshape(t_visual, bins)


def directions(velocity: Float[np.ndarray, "t cell cell 2"]) -> Float[np.ndarray, "t direction"]:
    """Mean speed in each of 8 directions, clockwise from the right."""
    angles = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    speeds = velocity.reshape(len(velocity), -1, 2) @ np.stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    return np.maximum(speeds, 0).mean(axis=1)


def grid(cell_speed: Float[np.ndarray, "t cell cell"]) -> Float[np.ndarray, "t square"]:
    """Mean speed in each square of a 4 x 4 grid, in row-major order."""
    side = CELLS // GRID
    return cell_speed.reshape(len(cell_speed), GRID, side, GRID, side).mean(axis=(2, 4)).reshape(len(cell_speed), -1)


def tempogram(onsets: Float[np.ndarray, " t"], t_visual: int, fps: float) -> Float[np.ndarray, "{t_visual} tempo"]:
    """Fourier tempogram (Grosche et al. 2010) around each visual frame.

    Args:
        onsets: onset strength at the flow rate.
        t_visual: number of rows.
        fps: flow frames per second.

    Returns:
        Strength of each tempo, from 0 (no periodicity) to about 2 (only this periodicity).
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
