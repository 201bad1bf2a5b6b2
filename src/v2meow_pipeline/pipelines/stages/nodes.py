"""Nodes of the stages pipeline."""

from pathlib import Path
from typing import Any

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.shards import ShardReader


def train_one_stage(
    manifest: pd.DataFrame,
    tokens: ShardReader,
    features: ShardReader,
    music_text: ShardReader,
    semantic_tokenizer: Path,
    acoustic_tokenizer: Path,
    music_text_head: Path,
    model: dict[str, Any],
    train: dict[str, Any],
    visual: dict[str, Any],
    clock: dict[str, Any],
    backend: str,
    ray: dict[str, Any],
    workspace: Path,
) -> tuple[Path, dict[str, float]]:
    """Trains a stage: its checkpoint, and validation metrics by `stage/metric`."""
    from v2meow_pipeline.corpus.variants import VisualConfig
    from v2meow_pipeline.executors.select import backend_of
    from v2meow_pipeline.jobs.stage_job import build_job, train_stage

    readers = {"tokens": tokens, "visual_features": features, "music_text": music_text}
    made_with = {"semantic_tokenizer": semantic_tokenizer, "acoustic_tokenizer": acoustic_tokenizer}
    made_with["music_text"] = music_text_head
    job, data = build_job(manifest, readers, made_with, model, train, VisualConfig.parse(visual), Clock.parse(clock))
    result = train_stage(job, data, workspace, backend_of(backend, ray))
    return result.path, {f"{job.model.stage}/{name}": value for name, value in result.metrics.items()}


def tabulate_curves(checkpoint: Path) -> pd.DataFrame:
    """Loss curves of a checkpoint: one row per validation step."""
    from v2meow_pipeline.evaluation.curves import curve_table

    return curve_table(checkpoint)
