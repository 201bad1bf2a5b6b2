"""One trial: a training by `fit` that is given up when its validation loss is hopeless."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.experiments.tuning.study import FINGERPRINT, Outcome
from v2meow_pipeline.tracking.runs import ChildRun
from v2meow_pipeline.training.fit import FitData, FitJob, fit
from v2meow_pipeline.training.trainer import FitResult, Runtime

if TYPE_CHECKING:
    from optuna import Trial
    from optuna.pruners import BasePruner

LOSS = "val/loss"


class TrialSpec(NamedTuple):
    """What every trial of a study has in common: the `job` of its values, with the data; the `folder` of the study's
    trainings; whether the decoding time is measured too (`timed`); and the `pruner`."""

    job: Callable[[Mapping[str, Any]], tuple[FitJob, FitData]]
    folder: Path
    timed: bool
    pruner: "BasePruner"


def run_trial(trial: "Trial", spec: TrialSpec, child: ChildRun | None) -> Outcome:
    """Trains what a trial proposes.

    The training lies in a folder named by the job's fingerprint, so that the repetition of a killed trial goes on where
    it was, or finds the finished training.

    Args:
        trial: a running one.
        work: of its study.
        child: the MLflow run that it reports to.

    Returns:
        How it ended: the best validation loss, and the decoding time where it is `timed`.
    """
    from optuna import TrialPruned

    try:
        job, data = spec.job(trial.params)
        trial.set_user_attr(FINGERPRINT, job.fingerprint())
        tell = _ignore if spec.timed else _reporter(trial, job.fit.max_steps)
        result = fit(job, data, spec.folder / job.fingerprint(), _watched(tell, child))
        for step, loss in result.curves[LOSS]:
            tell(step, loss)
    except TrialPruned:
        return Outcome("pruned")
    except V2MeowError as error:
        return Outcome("failed", why=str(error))
    if not math.isfinite(result.metrics[LOSS]):
        return Outcome("failed", why=f"The validation loss is {result.metrics[LOSS]}.")
    return Outcome("complete", (result.metrics[LOSS], *([_decode_s(result)] if spec.timed else [])))


def _watched(tell: Callable[[int, float], None], child: ChildRun | None) -> Runtime:
    from v2meow_pipeline.training.validation_observer import ValidationObserver

    return Runtime(child.loggers() if child else (), callbacks=[ValidationObserver(tell)])


def _reporter(trial: "Trial", max_steps: int) -> Callable[[int, float], None]:
    """Reports each loss once, and gives the trial up where the pruner says so, but not at its end."""
    from optuna import TrialPruned

    # What a worker that died had reported already.
    reported = set(trial.study.get_trials(deepcopy=False)[trial.number].intermediate_values)

    def tell(step: int, loss: float) -> None:
        if step in reported:
            return
        reported.add(step)
        trial.report(loss, step)
        if step < max_steps and trial.should_prune():
            raise TrialPruned

    return tell


def _ignore(step: int, loss: float) -> None:
    """Of two objectives Optuna takes no curves."""


def _decode_s(result: FitResult) -> float:
    from v2meow_pipeline.models.checkpointing import load_stage
    from v2meow_pipeline.models.decode_time import decode_seconds

    return decode_seconds(load_stage(result.path))
