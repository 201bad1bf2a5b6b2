"""Nodes of the ingest pipeline."""

from pathlib import Path
from typing import Any

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.executors.executor import Executor


def collect_videos(params: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    """Collects the source videos of the corpus with their metadata; the synthetic source renders missing ones."""
    from v2meow_pipeline.corpus.sources import collect

    source = params["source"]
    return [video.model_dump(mode="json") for video in collect({"source": source, **params[source]}, folder)]


def cut_clips(
    videos: list[dict[str, Any]],
    params: dict[str, Any],
    clock: dict[str, Any],
    executor: Executor,
    folder: Path,
    memory: Path,
) -> tuple[pd.DataFrame, pd.DataFrame, Path]:
    """Cuts the videos into clips: quarantine table, clip manifest, and shards of clip audio.

    The quarantine comes first so that it is saved even if the manifest fails validation.
    """
    from v2meow_pipeline.corpus.ingest import IngestConfig, ingest
    from v2meow_pipeline.source_video import SourceVideo

    sources = [SourceVideo.parse(video) for video in videos]
    config = IngestConfig.parse(params)
    manifest, quarantine, audio = ingest(sources, config, Clock.parse(clock), folder, memory, executor.map("ingest"))
    return quarantine, manifest, audio
