"""What happens in the clips' pictures: cuts, peaks of movement, and how much moves when."""

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
    """A stretch of a video, seconds since its first frame."""

    path: Path
    start_s: float
    duration_s: float


def watch_clips(facts: pd.DataFrame, clock: Clock, workers: int) -> list[Picture | None]:
    """What happens in each clip's picture.

    Args:
        facts: a row a clip: path (empty where there is no video), start_s, end_s.
        clock: gives the rate at which movement is measured.
        workers: processes that decode.

    Returns:
        In the order of `facts`; None where there is no video.
    """
    spans = [
        Span(Path(path), float(start_s), float(end_s) - float(start_s))
        for path, start_s, end_s in zip(facts["path"], facts["start_s"], facts["end_s"], strict=True)
        if path
    ]
    seen = parallel_map(partial(detect_motion_events, fps=float(clock.flow_fps)), spans, workers, "watching clips")
    found = iter(list(seen))
    return [next(found) if path else None for path in facts["path"]]


def detect_motion_events(span: Span, fps: float) -> Picture:
    """What happens in one stretch.

    Args:
        span: of a video.
        fps: at which movement is measured.

    Returns:
        Cuts, peaks and movement, timed from the stretch's start.
    """
    spec = FrameSpec(fps=fps, size_px=SIZE_PX, gray=True, fit="stretch")
    (frames,) = iter_clip_frames(span.path, [Window(span.start_s, span.duration_s)], {FRAMES: spec})
    found = detect_events(measure(frames[FRAMES], fps), fps)
    return Picture(found.cuts_s, found.peaks_s, found.speed, fps, span.duration_s)
