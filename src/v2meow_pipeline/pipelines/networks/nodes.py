"""Nodes of the networks pipeline."""

from pathlib import Path
from typing import Any

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.executors.executor import Executor

# `examples.recipes.Sources`: not imported, since Kedro resolves annotations and the import takes seconds.
Sources = Any


def collect_sources(
    manifest: pd.DataFrame,
    clip_audio: ShardReader,
    clock: dict[str, Any],
    cache: Path,
    executor: Executor,
    codec: Path | None = None,
) -> Sources:
    """Collects the data that a network is trained on; `codec` only for a network that builds on the codec."""
    from v2meow_pipeline.examples.recipes import Sources

    return Sources(manifest, clip_audio, Clock.parse(clock), cache, executor.map("networks"), codec)


def train_one_network(
    sources: Sources, network: dict[str, Any], executor: Executor, workspace: Path
) -> tuple[Path, dict[str, float]]:
    """Trains a network: its checkpoint, and validation metrics by `network/metric`."""
    from v2meow_pipeline.executors.train import train
    from v2meow_pipeline.jobs.network_job import build_network_job

    job = build_network_job(network["recipe"], sources, network["model"], network["train"])
    result = train(job, workspace, executor)
    return result.path, {f"{job.name}/{name}": value for name, value in result.metrics.items()}


def tabulate_curves(checkpoint: Path) -> pd.DataFrame:
    """Loss curves of a checkpoint: one row per validation step."""
    from v2meow_pipeline.evaluation.curves import curve_table

    return curve_table(checkpoint)
