"""Splits a video of any length into overlapping windows of one training clip each."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from v2meow_pipeline.clock import Clock


class ClipWindow(NamedTuple):
    """One window: its start, and the duration that overlaps the window before; both in seconds."""

    start_s: float
    known_s: float

    @property
    def new_s(self) -> float:
        """Start of the part that does not overlap the window before, in seconds."""
        return self.start_s + self.known_s


def cover(duration_s: float, clock: Clock, overlap: float, cuts_s: Sequence[float] = ()) -> list[ClipWindow]:
    """Overlapping windows of `clock.clip_s` seconds that cover a video.

    Each window starts at a whole visual frame, so its features do not depend on the other windows.

    Args:
        duration_s: duration of the video, seconds, positive.
        clock: rates and the length of a window.
        overlap: share of a window that overlaps the one before, in [0, 1).
        cuts_s: times at which the part of a window that is new begins, such as changes of the prompt; ascending,
            inside the video, rounded to semantic tokens.

    Returns:
        Windows in order; the first overlaps nothing, and the last may end after the video.
    """
    bounds = [0.0, *(clock.semantic_frames(cut_s) / clock.semantic_hz for cut_s in cuts_s), duration_s]
    return [window for first_s, last_s in pairwise(bounds) for window in cover_span(first_s, last_s, clock, overlap)]


def overlap_s(clock: Clock, overlap: float) -> float:
    """Duration of earlier music that a first window continues, in seconds.

    Args:
        clock: rates and the length of a window.
        overlap: share of a window that overlaps the one before, in [0, 1).

    Returns:
        The overlap as a whole number of visual frames, at least one.
    """
    return max(1, int(clock.clip_s * overlap * clock.visual_fps)) / clock.visual_fps


def cover_span(first_s: float, last_s: float, clock: Clock, overlap: float) -> list[ClipWindow]:
    """Windows whose new parts cover a span of a video.

    Args:
        first_s: start of the span, seconds, at a semantic token; what precedes it is known.
        last_s: end of the span, seconds.
        clock: rates and the length of a window.
        overlap: share of a window that overlaps the one before, in [0, 1).

    Returns:
        Windows in order; the new part of the first one starts at `first_s`, and the last may end after the span.
    """
    frame_s = 1 / clock.visual_fps
    hop_s = max(frame_s, math.floor(clock.clip_s * (1 - overlap) / frame_s) * frame_s)
    earliest_s = max(0.0, first_s - (clock.clip_s - hop_s))
    start_s = math.floor(earliest_s / frame_s) * frame_s
    # A remainder of less than half a sample is rounding, not music.
    beyond_s = max(0.0, last_s - (start_s + clock.clip_s) - 0.5 / clock.sample_rate_hz)
    count = 1 + math.ceil(beyond_s / hop_s)
    later = [ClipWindow(start_s + index * hop_s, clock.clip_s - hop_s) for index in range(1, count)]
    return [ClipWindow(start_s, first_s - start_s), *later]
