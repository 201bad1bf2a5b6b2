"""Nodes of the tune pipeline."""

from pathlib import Path
from typing import Any

import pandas as pd

from v2meow_pipeline.executors.executor import Executor
from v2meow_pipeline.jobs.stage_inputs import StageInputs
from v2meow_pipeline.model_store import ModelStore

# `experiments.tuning.tune.FinishedStudy`: not imported, since Kedro resolves annotations and the import takes seconds.
FinishedStudy = Any


def search_parameters(
    inputs: StageInputs,
    models: ModelStore,
    stage: dict[str, Any],
    tune: dict[str, Any],
    executor: Executor,
    folder: Path,
) -> FinishedStudy:
    """Tunes a stage: runs its study, or resumes it."""
    from functools import partial

    from v2meow_pipeline.experiments.tuning.config import TuneConfig
    from v2meow_pipeline.experiments.tuning.tune import Tuning, tune_stage
    from v2meow_pipeline.jobs.stage_job import build_stage_job

    name, build = stage["model"]["stage"], partial(build_stage_job, inputs, models)
    tuning = Tuning(name, stage, build, TuneConfig.parse(tune), folder)
    return tune_stage(tuning, executor), tuning


def report_study(
    study: FinishedStudy, environment: Path, pictures: Path
) -> tuple[dict[str, float], pd.DataFrame, Path]:
    """Reports a study: metrics, trials and plots; writes the best parameters to an environment."""
    from v2meow_pipeline.experiments.tuning.report import report

    finished, tuning = study
    return report(finished, tuning, environment, pictures)
