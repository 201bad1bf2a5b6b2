"""Cutting of videos into short segment files, as in the paper's evaluation on AIST++."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.cut import cut_video
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.progress import track
from v2meow_pipeline.source_video import Absence, SourceVideo

# Tolerated missing time at the end of a segment: a nominal 8 s at 59.94 fps last 7.99 s.
TOLERANCE_S = 0.1


def spans(duration_s: float, segment_s: float) -> list[tuple[float, float]]:
    """Consecutive segments of a video; a remainder is dropped, and a video shorter than a segment is one segment.

    The 20 evaluation dances of AIST++ last 16 beats each, 7 to 12 s, which gives the paper's numbers: 20 segments of
    10 s (shorter for fast music) and 86 of 2 s.

    Args:
        duration_s: duration of the video, seconds.
        segment_s: length of a segment, seconds.

    Returns:
        Start and end of each segment, seconds.
    """
    count = max(1, int((duration_s + TOLERANCE_S) / segment_s))
    return [(number * segment_s, min(duration_s, (number + 1) * segment_s)) for number in range(count)]


def cut_segments(videos: Sequence[SourceVideo], segment_s: float, folder: Path) -> list[SourceVideo]:
    """Cuts videos into segment files; existing segments that are not older than their video are kept.

    Args:
        videos: source videos of a corpus.
        segment_s: length of a segment, seconds.
        folder: output directory of the segments.

    Returns:
        One record per segment, in order; a video that cannot be cut yields one record with the reason in `absence`.
    """
    return [segment for video in track(videos, "segments") for segment in _segments(video, segment_s, folder)]


def _segments(video: SourceVideo, segment_s: float, folder: Path) -> Iterator[SourceVideo]:
    if video.absence is not None:
        yield video
        return
    source = Path(video.path)
    try:
        cut = [
            (number, _cut(source, span, folder / f"{source.stem}-{number:03d}.mp4"))
            for number, span in enumerate(spans(probe(source).duration_s, segment_s))
        ]
    except MediaError as error:
        why = Absence(reason=error.reason, detail=error.problem, remedy=error.remedy)
        yield video.model_copy(update={"absence": why})
        return
    for number, path in cut:
        yield video.model_copy(update={"source_id": f"{video.source_id}-{number:03d}", "path": str(path.absolute())})


def _cut(source: Path, span: tuple[float, float], target: Path) -> Path:
    if not (target.is_file() and target.stat().st_mtime >= source.stat().st_mtime):
        with atomic_path(target) as partial:
            cut_video(source, *span, partial)
    return target
