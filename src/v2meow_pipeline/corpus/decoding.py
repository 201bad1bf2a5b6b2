"""Pictures of clips: one decode pass a source file, however many of its clips are wanted."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.sources.synthetic.streamed import is_streamed, pictures
from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.decode import FrameSpec, SampledFrames, Window, iter_clip_frames


def decode_clips(
    rows: pd.DataFrame, specs: Mapping[str, FrameSpec], clock: Clock
) -> Iterator[tuple[int, dict[str, SampledFrames]]]:
    """The pictures of each clip, file by file, and in a file by time.

    Args:
        rows: of the manifest, numbered from 0.
        specs: what pictures are wanted, by name.
        clock: gives the length of a clip.

    Yields:
        The number of a row, and its pictures by name of spec.

    Raises:
        MediaError: when a file cannot be decoded, or ends before one of its clips.
    """
    for path, of_file in rows.groupby("path", sort=False):
        if is_streamed(str(path)):
            for row, start_s in zip(of_file.index.tolist(), of_file["start_s"].tolist(), strict=True):
                yield row, pictures(str(path), specs, start_s, clock.clip_s)
            continue
        ordered = of_file.sort_values("start_s")
        windows = [Window(float(start_s), clock.clip_s) for start_s in ordered["start_s"]]
        seen = 0
        for frames in iter_clip_frames(Path(str(path)), windows, specs):
            yield int(ordered.index[seen]), frames
            seen += 1
        if seen < len(windows):
            problem = f"The picture of {path} ends before its clip at {windows[seen].start_s:g} s."
            raise MediaError("truncated", problem, "Run the ingest pipeline again: the file has changed.")
