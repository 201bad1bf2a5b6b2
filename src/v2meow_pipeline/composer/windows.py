"""Splits a video of any length into overlapping windows of one training clip each."""

import math
from typing import NamedTuple

from v2meow_pipeline.clock import Clock


class ClipWindow(NamedTuple):
    """One window: its start, and the duration that overlaps the window before; both in seconds."""

    start_s: float
    known_s: float


def cover(duration_s: float, clock: Clock, overlap: float) -> list[ClipWindow]:
    """Overlapping windows of `clock.clip_s` seconds that cover a video.

    Each window starts at a whole visual frame, so its features do not depend on the other windows.

    Args:
        duration_s: duration of the video, seconds, positive.
        clock: rates and the length of a window.
        overlap: share of a window that overlaps the one before, in [0, 1).

    Returns:
        Windows in order; the first overlaps nothing, and the last may end after the video.
    """
    frame_s = 1 / clock.visual_fps
    hop_s = max(frame_s, math.floor(clock.clip_s * (1 - overlap) / frame_s) * frame_s)
    # A remainder of less than half a sample is rounding, not music.
    beyond_s = max(0.0, duration_s - clock.clip_s - 0.5 / clock.sample_rate_hz)
    count = 1 + math.ceil(beyond_s / hop_s)
    return [ClipWindow(index * hop_s, clock.clip_s - hop_s if index else 0.0) for index in range(count)]
