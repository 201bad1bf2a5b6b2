"""Training of the small test corpus in Ray Train's workers."""

from functools import partial
from pathlib import Path

from tests.support.stage_corpus import corpus

from v2meow_pipeline.executors.ray.config import RayConfig
from v2meow_pipeline.executors.select import RayBackend
from v2meow_pipeline.training.fit import FitJob, fit
from v2meow_pipeline.training.trainer import FitResult


def on_ray(this: FitJob, workspace: Path, **config: object) -> FitResult:
    """Trains a stage in workers of one processor each."""
    backend = RayBackend(RayConfig.parse({"cpus": 2, "cpus_per_worker": 1, **config}))
    return backend.train(partial(fit, this, corpus()), workspace, this.fingerprint(), None)
