"""Training of the small test corpus in Ray Train's workers."""

from functools import partial
from pathlib import Path

from tests.support.stage_corpus import corpus

from v2meow_pipeline.executors.executor import Executor
from v2meow_pipeline.executors.train import train_on
from v2meow_pipeline.training.fit import FitJob, fit
from v2meow_pipeline.training.trainer import FitResult


def on_ray(this: FitJob, workspace: Path, **config: object) -> FitResult:
    """Trains a stage in workers of one processor each."""
    executor = Executor.parse({"ray": {"cpus": 2, "cpus_per_worker": 1, **config}})
    return train_on(executor, partial(fit, this, corpus()), workspace, this.fingerprint(), None)
