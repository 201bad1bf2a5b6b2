"""Generated clips that ingest, features and evaluation are benchmarked with."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.ingest import IngestConfig, ingest
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.source_video import SourceVideo
from v2meow_pipeline.synthetic import SyntheticConfig, collect
from v2meow_pipeline.synthetic.plan import ClipCounts


class BenchClips(NamedTuple):
    """Clips of the synthetic corpus, in its default format.

    Attributes:
        videos: one file per clip.
        manifest: clip manifest.
        audio: audio of the clips.
    """

    videos: list[SourceVideo]
    manifest: pd.DataFrame
    audio: ShardReader


def make_clips(count: int, folder: Path, clock: Clock) -> BenchClips:
    """Renders and ingests clips.

    Args:
        count: number of clips.
        folder: output directory.
        clock: clip length and audio sample rate.

    Returns:
        The clips.
    """
    counts = {**dict.fromkeys(ClipCounts.model_fields, 0), "train": count}
    videos = collect(SyntheticConfig.parse({"clips": counts}), folder / "videos")
    manifest, _, audio = ingest(videos, IngestConfig.parse({}), clock, folder / "clip_audio")
    return BenchClips(videos, manifest, ShardReader(audio))


def copied(manifest: pd.DataFrame, times: int) -> pd.DataFrame:
    """Repeats clips under other names, so that each is decoded on its own.

    Args:
        manifest: clips of files.
        times: number of copies of each.

    Returns:
        Manifest of the copies, which are links to the files, beside them.
    """
    parts = []
    for number in range(times):
        paths = [_linked(Path(path), number) for path in manifest["path"]]
        parts.append(manifest.assign(path=paths, clip_id=[f"{name}-{number}" for name in manifest["clip_id"]]))
    return pd.concat(parts, ignore_index=True)


def _linked(path: Path, number: int) -> str:
    link = path.with_stem(f"{path.stem}-{number}")
    if not link.exists():
        link.hardlink_to(path)
    return str(link)
