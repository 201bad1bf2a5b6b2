"""The event curve of a video: cuts and peaks of movement, and how much moves."""

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
    """Events of a window of video, and its movement.

    Attributes:
        cuts_s: scene cuts, seconds from the window's start.
        peaks_s: peaks of movement, seconds from the window's start.
        speed: mean speed of movement at each frame, widths of the picture a second.
    """

    cuts_s: np.ndarray
    peaks_s: np.ndarray
    speed: np.ndarray


def detect_events(motion: Motion, fps: float) -> DetectedEvents:
    """Cuts, peaks of movement and speed.

    Args:
        motion: measured at `fps`.
        fps: frames a second.

    Returns:
        Events in seconds from the first frame.
    """
    speed = np.linalg.norm(motion.velocity, axis=-1).mean(axis=(1, 2)).astype(np.float64)
    return DetectedEvents(np.flatnonzero(motion.cut >= CUT) / fps, motion_peaks(speed, fps), speed)


class VideoEvents:
    """The `VisualEncoder` of event curves; it has no weights.

    Attributes:
        name: "events".
        width: 2, see event_curves.py.
        rate_hz: rows a second: the clock's event rate.
        fingerprint: of the measurements.
        frames: those of the flow statistics.
    """

    name = NAME
    width = CHANNELS

    def __init__(self, clock: Clock) -> None:
        """Nothing is loaded.

        Args:
            clock: gives the rates.
        """
        self._clock, self.rate_hz = clock, clock.event_hz
        self.fingerprint = fingerprint(REVISION, clock.flow_fps, clock.event_hz)
        self.frames = FrameSpec(fps=float(clock.flow_fps), size_px=SIZE_PX, gray=True, fit="stretch")

    def encode(self, frames: SampledFrames, t_visual: int) -> Float[np.ndarray, "t width"]:
        """The curve of a window.

        Args:
            frames: gray frames of the whole window at flow rate.
            t_visual: rows wanted: the window's duration times `rate_hz`.

        Returns:
            float32 [t_visual, 2].
        """
        found = detect_events(measured_once(frames, self.frames.fps), self.frames.fps)
        return event_curve(
            np.concatenate([found.peaks_s, found.cuts_s]), found.speed, self._clock, t_visual / self.rate_hz
        )
