"""Trial of a study: one training, which the pruner may stop early."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.experiments.tuning.study import FINGERPRINT, Outcome
from v2meow_pipeline.tracking.runs import ChildRun
from v2meow_pipeline.training.job import TrainingJob
from v2meow_pipeline.training.result import FitResult, finished
from v2meow_pipeline.training.trainer import Runtime, fit

if TYPE_CHECKING:
    from optuna import Trial
    from optuna.pruners import BasePruner

LOSS = "val/loss"


class TrialSpec(NamedTuple):
    """Settings shared by all trials of a study.

    Attributes:
        job: function that builds the training job from the trial's parameters.
        folder: folder that contains the trainings.
        timed: whether the decoding time is a second objective.
        pruner: Optuna pruner.
    """

    job: Callable[[Mapping[str, Any]], TrainingJob]
    folder: Path
    timed: bool
    pruner: "BasePruner"


def run_trial(trial: "Trial", spec: TrialSpec, child: ChildRun | None) -> Outcome:
    """Trains a stage with the parameters of a trial.

    The training folder is named by the job's fingerprint, so that a retried trial resumes, or reuses, the training of
    the original trial.

    Args:
        trial: running trial.
        spec: settings shared by all trials of the study.
        child: MLflow child run to which losses are logged; None logs nothing.

    Returns:
        Outcome with the best validation loss, and the decoding time if it is an objective.
    """
    from optuna import TrialPruned

    try:
        job = spec.job(trial.params)
        trial.set_user_attr(FINGERPRINT, job.fingerprint)
        report = _ignore if spec.timed else _reporter(trial, job.config.max_steps)
        workspace = spec.folder / job.fingerprint
        result = finished(job, workspace) or fit(job, workspace, _runtime(report, child))
        for step, loss in result.curves[LOSS]:
            report(step, loss)
    except TrialPruned:
        return Outcome("pruned")
    except V2MeowError as error:
        return Outcome("failed", why=str(error))
    if not math.isfinite(result.metrics[LOSS]):
        return Outcome("failed", why=f"The validation loss is {result.metrics[LOSS]}.")
    return Outcome("complete", (result.metrics[LOSS], *([_decode_s(result)] if spec.timed else [])))


def _runtime(report: Callable[[int, float], None], child: ChildRun | None) -> Runtime:
    from v2meow_pipeline.training.validation_observer import ValidationObserver

    return Runtime(child.loggers() if child else (), callbacks=[ValidationObserver(report)])


def _reporter(trial: "Trial", max_steps: int) -> Callable[[int, float], None]:
    """Callback that reports each loss once and raises TrialPruned if the pruner says so, except at the last step."""
    from optuna import TrialPruned

    # Steps that a worker reported before it died.
    reported = set(trial.study.get_trials(deepcopy=False)[trial.number].intermediate_values)

    def report(step: int, loss: float) -> None:
        if step in reported:
            return
        reported.add(step)
        trial.report(loss, step)
        if step < max_steps and trial.should_prune():
            raise TrialPruned

    return report


def _ignore(step: int, loss: float) -> None:
    """Does nothing: Optuna does not support intermediate values with two objectives."""


def _decode_s(result: FitResult) -> float:
    from v2meow_pipeline.models.checkpointing import load_stage
    from v2meow_pipeline.models.decode_time import decode_seconds

    return decode_seconds(load_stage(result.path))
