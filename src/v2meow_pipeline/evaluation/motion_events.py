"""Cuts, motion peaks and motion energy of the clips' videos."""

from functools import partial
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.flow import SIZE_PX
from v2meow_pipeline.encoders.motion import measure
from v2meow_pipeline.encoders.video_events import detect_events
from v2meow_pipeline.media.decode import FrameSpec, Window, iter_clip_frames
from v2meow_pipeline.metrics.picture import Picture
from v2meow_pipeline.parallel import parallel_map

FRAMES = "movement"


class Span(NamedTuple):
    """Segment of a video file; times in seconds from its first frame."""

    path: Path
    start_s: float
    duration_s: float


def detect_events_of_clips(facts: pd.DataFrame, clock: Clock, workers: int) -> list[Picture | None]:
    """Detects cuts and motion in each clip's video.

    Args:
        facts: one row per clip with the columns path (empty without video), start_s and end_s.
        clock: gives the frame rate of the optical flow.
        workers: number of decoding processes.

    Returns:
        Events of each clip in the order of `facts`; None for a clip without video.
    """
    spans = [
        Span(Path(path), float(start_s), float(end_s) - float(start_s))
        for path, start_s, end_s in zip(facts["path"], facts["start_s"], facts["end_s"], strict=True)
        if path
    ]
    detect = partial(detect_motion_events, fps=float(clock.flow_fps))
    found = iter(list(parallel_map(detect, spans, workers, "detecting motion events")))
    return [next(found) if path else None for path in facts["path"]]


def detect_motion_events(span: Span, fps: float) -> Picture:
    """Detects cuts and motion in one segment of a video.

    Args:
        span: segment of the video.
        fps: frame rate at which motion is measured.

    Returns:
        Cuts, motion peaks and motion; times from the start of the segment.
    """
    spec = FrameSpec(fps=fps, size_px=SIZE_PX, gray=True, fit="stretch")
    (frames,) = iter_clip_frames(span.path, [Window(span.start_s, span.duration_s)], {FRAMES: spec})
    found = detect_events(measure(frames[FRAMES], fps), fps)
    return Picture(found.cuts_s, found.peaks_s, found.speed, fps, span.duration_s)
