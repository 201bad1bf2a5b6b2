"""How a video of any length is covered by windows of one clip each."""

import math
from typing import NamedTuple

from v2meow_pipeline.clock import Clock


class ClipWindow(NamedTuple):
    """One window: where it starts, and how much of it is known from the window before, both in seconds."""

    start_s: float
    known_s: float


def cover(duration_s: float, clock: Clock, overlap: float) -> list[ClipWindow]:
    """Windows of `clock.clip_s` seconds that cover a video.

    Every start is a whole visual frame, so that each window sees the frames that it would see alone.

    Args:
        duration_s: of the video, seconds, positive.
        clock: rates and the length of a window.
        overlap: share of a window that is known from the one before, in [0, 1).

    Returns:
        Windows in order; the first has nothing known. The last may reach beyond the video's end.
    """
    frame_s = 1 / clock.visual_fps
    hop_s = max(frame_s, math.floor(clock.clip_s * (1 - overlap) / frame_s) * frame_s)
    # A remainder of less than half a sample is rounding, not music.
    beyond_s = max(0.0, duration_s - clock.clip_s - 0.5 / clock.sample_rate_hz)
    count = 1 + math.ceil(beyond_s / hop_s)
    return [ClipWindow(index * hop_s, clock.clip_s - hop_s if index else 0.0) for index in range(count)]
