"""Training on the executor of a run: in this process, or in Ray workers, which run the same function."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from v2meow_pipeline.executors.executor import Executor
from v2meow_pipeline.executors.ray.session import open_session
from v2meow_pipeline.tracking.runs import ChildRun
from v2meow_pipeline.training.trainer import FitResult, Runtime

Fit: TypeAlias = Callable[[Path, Runtime], FitResult]


def train_on(executor: Executor, fit: Fit, workspace: Path, fingerprint: str, child: ChildRun | None) -> FitResult:
    """Trains, resuming an interrupted training with the same fingerprint.

    Args:
        executor: executor of the run; the first training on Ray opens the Ray session.
        fit: picklable function that trains, given a workspace and a runtime.
        workspace: folder to which the checkpoint is written.
        fingerprint: fingerprint of the training's configuration and data.
        child: MLflow child run to which losses are logged; None logs nothing.

    Returns:
        Checkpoint in the workspace, and its metrics.
    """
    if executor.ray is None:
        return fit(workspace, Runtime(child.loggers() if child else ()))
    open_session(executor.ray)
    from v2meow_pipeline.executors.ray.train import train_on_ray

    return train_on_ray(executor.ray, fit, workspace, fingerprint, child)
