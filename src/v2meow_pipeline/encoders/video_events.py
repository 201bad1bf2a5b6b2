"""Event curve of a video, from scene cuts, motion peaks and speed of motion."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.encoders.event_curves import CHANNELS, NAME, event_curve
from v2meow_pipeline.encoders.flow import SIZE_PX
from v2meow_pipeline.encoders.motion import CUT, Motion, measured_once, motion_peaks
from v2meow_pipeline.media.decode import FrameSpec, SampledFrames

REVISION = "video_events-1"


class DetectedEvents(NamedTuple):
    """Events and speed of a video window.

    Attributes:
        cuts_s: times of scene cuts, in seconds from the window's start.
        peaks_s: times of motion peaks, in seconds from the window's start.
        speed: mean speed of motion at each frame, in image widths per second.
    """

    cuts_s: np.ndarray
    peaks_s: np.ndarray
    speed: np.ndarray


def detect_events(motion: Motion, fps: float) -> DetectedEvents:
    """Detects scene cuts and motion peaks.

    Args:
        motion: motion measurements.
        fps: frames per second of the measurements.

    Returns:
        Events and speed.
    """
    speed = np.linalg.norm(motion.velocity, axis=-1).mean(axis=(1, 2)).astype(np.float64)
    return DetectedEvents(np.flatnonzero(motion.cut >= CUT) / fps, motion_peaks(speed, fps), speed)


class VideoEvents:
    """Visual encoder of event curves, without weights; implements `VisualEncoder` at the event rate.

    Attributes:
        name: "events".
        width: 2 (see event_curves.py).
        rate_hz: rows per second: the clock's event rate.
        fingerprint: fingerprint of the measurements and rates.
        frames: gray frames at the flow rate, as for `FlowStatistics`.
    """

    name = NAME
    width = CHANNELS

    def __init__(self, clock: Clock) -> None:
        """Sets the rates.

        Args:
            clock: flow and event rates.
        """
        self._clock, self.rate_hz = clock, clock.event_hz
        self.fingerprint = fingerprint(REVISION, clock.flow_fps, clock.event_hz)
        self.frames = FrameSpec(fps=float(clock.flow_fps), size_px=SIZE_PX, gray=True, fit="stretch")

    def encode(self, frames: SampledFrames, t_visual: int) -> Float[np.ndarray, "t width"]:
        """Computes the event curve of a window.

        Args:
            frames: gray frames of the whole window at the flow rate.
            t_visual: number of rows: the window's duration times `rate_hz`.

        Returns:
            Event curve, float32 [t_visual, 2].
        """
        events = detect_events(measured_once(frames, self.frames.fps), self.frames.fps)
        return event_curve(
            np.concatenate([events.peaks_s, events.cuts_s]), events.speed, self._clock, t_visual / self.rate_hz
        )
