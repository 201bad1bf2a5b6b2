"""Decoding of clips' video frames: one decode pass per source file, for all of its clips."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.decode import FrameSpec, SampledFrames, Window, iter_clip_frames
from v2meow_pipeline.synthetic.streamed import is_streamed, pictures


def decode_clips(
    rows: pd.DataFrame, specs: Mapping[str, FrameSpec], clock: Clock
) -> Iterator[tuple[int, dict[str, SampledFrames]]]:
    """Decodes the frames of each clip, file by file and in time order within a file.

    Args:
        rows: rows of the clip manifest, with index 0, 1, ….
        specs: frame specifications by name.
        clock: clip length.

    Yields:
        Index of a row, and its frames by name of specification.

    Raises:
        MediaError: if a file cannot be decoded, or ends before one of its clips.
    """
    for path, of_file in rows.groupby("path", sort=False):
        if is_streamed(str(path)):
            for row, start_s in zip(of_file.index.tolist(), of_file["start_s"].tolist(), strict=True):
                yield row, pictures(str(path), specs, start_s, clock.clip_s)
            continue
        ordered = of_file.sort_values("start_s")
        windows = [Window(float(start_s), clock.clip_s) for start_s in ordered["start_s"]]
        decoded = 0
        for frames in iter_clip_frames(Path(str(path)), windows, specs):
            yield int(ordered.index[decoded]), frames
            decoded += 1
        if decoded < len(windows):
            problem = f"The video stream of {path} ends before its clip at {windows[decoded].start_s:g} s."
            raise MediaError("truncated", problem, "The file has changed: run the ingest pipeline again.")
