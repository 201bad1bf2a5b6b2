"""Nodes of the stages pipeline."""

from pathlib import Path
from typing import Any

import pandas as pd

from v2meow_pipeline.executors.executor import Executor
from v2meow_pipeline.jobs.stage_inputs import StageInputs
from v2meow_pipeline.model_store import ModelStore


def train_one_stage(
    inputs: StageInputs, models: ModelStore, stage: dict[str, Any], executor: Executor, workspace: Path
) -> tuple[Path, dict[str, float]]:
    """Trains a stage: its checkpoint, and validation metrics by `stage/metric`."""
    from v2meow_pipeline.executors.train import train
    from v2meow_pipeline.jobs.stage_job import build_stage_job

    job = build_stage_job(inputs, models, stage["model"], stage["train"])
    result = train(job, workspace, executor)
    return result.path, {f"{job.name}/{name}": value for name, value in result.metrics.items()}


def tabulate_curves(checkpoint: Path) -> pd.DataFrame:
    """Loss curves of a checkpoint: one row per validation step."""
    from v2meow_pipeline.evaluation.curves import curve_table

    return curve_table(checkpoint)
