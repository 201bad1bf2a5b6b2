"""One trial: a training by `fit` that is given up when its validation loss is hopeless."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.launch.tuning.study import FINGERPRINT, Outcome
from v2meow_pipeline.training.fit import FitData, FitJob, fit
from v2meow_pipeline.training.trainer import FitResult, Surroundings

if TYPE_CHECKING:
    from lightning.pytorch.loggers import Logger
    from optuna import Trial

LOSS = "val/loss"


def run_trial(
    trial: "Trial", build: Callable[[], tuple[FitJob, FitData]], folder: Path, timed: bool, loggers: "list[Logger]"
) -> Outcome:
    """Trains what a trial proposes.

    The work lies in a folder named by the job's fingerprint, so that the repetition of a killed trial goes on where it
    was, or finds the finished training.

    Args:
        trial: a running one.
        build: the job and its data; parameters that do not go together may raise here.
        folder: of the study's trainings.
        timed: whether the decoding time is measured too.
        loggers: for the curves.

    Returns:
        How it ended: the best validation loss, and the decoding time where it is `timed`.
    """
    from optuna import TrialPruned

    try:
        job, data = build()
        trial.set_user_attr(FINGERPRINT, job.fingerprint())
        tell = _ignore if timed else _reporter(trial, job.fit.max_steps)
        result = fit(job, data, folder / job.fingerprint(), _watched(tell, loggers))
        for step, loss in result.curves[LOSS]:
            tell(step, loss)
    except TrialPruned:
        return Outcome("pruned")
    except V2MeowError as error:
        return Outcome("failed", why=str(error))
    if not math.isfinite(result.metrics[LOSS]):
        return Outcome("failed", why=f"The validation loss is {result.metrics[LOSS]}.")
    return Outcome("complete", (result.metrics[LOSS], *([_decode_s(result)] if timed else [])))


def _watched(tell: Callable[[int, float], None], loggers: "list[Logger]") -> Surroundings:
    from v2meow_pipeline.training.watch import Watch

    return Surroundings(loggers, callbacks=[Watch(tell)])


def _reporter(trial: "Trial", max_steps: int) -> Callable[[int, float], None]:
    """Reports each loss once, and gives the trial up where the pruner says so, but not at its end."""
    from optuna import TrialPruned

    reported: set[int] = set()

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
