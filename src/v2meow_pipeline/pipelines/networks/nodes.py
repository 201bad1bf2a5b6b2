"""Nodes of the networks pipeline."""

from pathlib import Path
from typing import Any

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.shards import ShardReader


def train_one_network(
    manifest: pd.DataFrame,
    clip_audio: ShardReader,
    recipe: str,
    model: dict[str, Any],
    train: dict[str, Any],
    workers: int,
    clock: dict[str, Any],
    backend: str,
    ray: dict[str, Any],
    cache: Path,
    workspace: Path,
) -> tuple[Path, dict[str, float]]:
    """Trains a network: its checkpoint, and validation metrics by `network/metric`."""
    from v2meow_pipeline.examples.recipes import Sources
    from v2meow_pipeline.executors.map import map_executor
    from v2meow_pipeline.executors.select import backend_of
    from v2meow_pipeline.jobs.network_job import train_network

    executor = map_executor(workers, backend, ray)
    sources = Sources(manifest, clip_audio, Clock.parse(clock), cache, workspace.parent, executor)
    result = train_network(recipe, sources, model, train, workspace, backend_of(backend, ray))
    return result.path, {f"{recipe}/{name}": value for name, value in result.metrics.items()}


def tabulate_curves(checkpoint: Path) -> pd.DataFrame:
    """Loss curves of a checkpoint: one row per validation step."""
    from v2meow_pipeline.evaluation.curves import curve_table

    return curve_table(checkpoint)
