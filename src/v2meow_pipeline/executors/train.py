"""Training on the executor of a run: in this process, or in Ray workers, which run the same function."""

import logging
from pathlib import Path

from v2meow_pipeline.checkpoint import previous_of
from v2meow_pipeline.executors.executor import Executor
from v2meow_pipeline.executors.ray.session import open_session
from v2meow_pipeline.model_store import CHECKPOINT
from v2meow_pipeline.tracking.runs import child_run
from v2meow_pipeline.training.job import TrainingJob
from v2meow_pipeline.training.result import FitResult, finished

log = logging.getLogger(__name__)


def train(job: TrainingJob, workspace: Path, executor: Executor) -> FitResult:
    """Trains a stage or network, or returns the existing checkpoint if its fingerprint is current.

    Args:
        job: what to train.
        workspace: folder of this stage or network; an interrupted training of the same job is resumed.
        executor: executor of the run; the first training on Ray opens the Ray session.

    Returns:
        Checkpoint in the workspace, its metrics and curves.

    Raises:
        V2MeowError: when the training raised it.
    """
    result = finished(job, workspace)
    if result is not None:
        return result
    if (workspace / CHECKPOINT).is_dir():
        log.warning(
            "The existing %s was trained on other data or with other settings. It is replaced when the training ends, "
            "and kept as %s.",
            job.label,
            previous_of(workspace / CHECKPOINT),
        )
    from v2meow_pipeline.training.trainer import Runtime, fit  # imports Lightning, which takes seconds

    with child_run(job.name, job.spec.model_dump(mode="json")) as child:
        if executor.ray is None:
            return fit(job, workspace, Runtime(child.loggers() if child else ()))
        open_session(executor.ray)
        from v2meow_pipeline.executors.ray.train import train_on_ray

        return train_on_ray(executor.ray, job, workspace, child)
