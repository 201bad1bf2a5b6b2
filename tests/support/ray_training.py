"""Training of the small test corpus in Ray Train's workers."""

from pathlib import Path

from v2meow_pipeline.executors.executor import Executor
from v2meow_pipeline.executors.train import train
from v2meow_pipeline.training.job import TrainingJob
from v2meow_pipeline.training.result import FitResult


def on_ray(this: TrainingJob, workspace: Path, **config: object) -> FitResult:
    """Trains a stage in workers of one processor each."""
    return train(this, workspace, Executor.parse({"ray": {"cpus": 2, "cpus_per_worker": 1, **config}}))
