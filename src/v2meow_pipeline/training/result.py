"""Result of a training, and of one that is finished already; read without importing Lightning, which takes seconds."""

from pathlib import Path
from typing import NamedTuple, TypeAlias

from v2meow_pipeline.checkpoint import is_current, read_config
from v2meow_pipeline.model_store import CHECKPOINT
from v2meow_pipeline.training.job import TrainingJob

Curves: TypeAlias = dict[str, list[tuple[int, float]]]


class FitResult(NamedTuple):
    """Result of a training run.

    Attributes:
        path: directory of the checkpoint.
        fingerprint: fingerprint of the checkpoint.
        metrics: validation metrics of the saved weights.
        curves: (step, value) pairs by metric.
    """

    path: Path
    fingerprint: str
    metrics: dict[str, float]
    curves: Curves


def finished(job: TrainingJob, workspace: Path) -> FitResult | None:
    """Result of a job that is finished.

    Args:
        job: what to train.
        workspace: directory of this stage or network.

    Returns:
        Result read from the checkpoint; None if there is none, or it is of another specification.
    """
    checkpoint = workspace / CHECKPOINT
    return result_of(checkpoint) if is_current(checkpoint, job.fingerprint) else None


def result_of(folder: Path) -> FitResult:
    """Reads the training result from a finished checkpoint."""
    config = read_config(folder)
    curves = {name: [(int(step), float(value)) for step, value in curve] for name, curve in config["curves"].items()}
    return FitResult(folder, config["fingerprint"], config["metrics"], curves)
