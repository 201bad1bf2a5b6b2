"""Nodes of the stages pipeline."""

from pathlib import Path
from typing import Any, Literal

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
    model: dict[str, Any],
    train: dict[str, Any],
    clock: dict[str, Any],
    backend: Literal["local", "ray"],
    workspace: Path,
) -> tuple[Path, dict[str, float]]:
    """A stage's checkpoint, and the validation figures of its weights by `stage/figure`."""
    from v2meow_pipeline.launch.stages import build_job, read_codebooks, train_stage

    rates = Clock.parse(clock)
    codebooks = read_codebooks(semantic_tokenizer, acoustic_tokenizer, rates)
    job, data = build_job(manifest, tokens, features, music_text, codebooks, model, train, rates)
    result = train_stage(job, data, workspace, backend)
    return result.path, {f"{job.model.stage}/{name}": value for name, value in result.metrics.items()}
