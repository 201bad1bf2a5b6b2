"""The study of a stage, from its first trial or from where it was killed, to the parameters that are worth keeping."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.experiments.tuning.config import Range, TuneConfig
from v2meow_pipeline.experiments.tuning.journal import JOURNAL, journal
from v2meow_pipeline.experiments.tuning.space import ends, with_values
from v2meow_pipeline.experiments.tuning.study import (
    WHY,
    Outcome,
    best_trial,
    known_outcome,
    next_trial,
    open_study,
    pruner_of,
    remove_trainings,
    requeue_lost,
    tell,
)
from v2meow_pipeline.experiments.tuning.trial_executor import RunningTrial, TrialExecutor, trial_executor
from v2meow_pipeline.experiments.tuning.trials import TrialSpec
from v2meow_pipeline.tracking.trial_runs import close_run, open_run
from v2meow_pipeline.training.fit import FitData, FitJob

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.trial import FrozenTrial

log = logging.getLogger(__name__)

# A stage's job and data, of its parameters `model` and `train`.
Build = Callable[[dict[str, Any], dict[str, Any]], tuple[FitJob, FitData]]
TRAININGS = "trainings"
OBJECTIVES = ("val_loss", "decode_s")


class Tuning(NamedTuple):
    """What is tuned: the `stage`, its present `params` (`model` and `train`), the `build` that makes a training of
    such, the `config` of the study, and the `folder` that is the study's own."""

    stage: str
    params: Mapping[str, Any]
    build: Build
    config: TuneConfig
    folder: Path

    @property
    def ranges(self) -> dict[str, Range]:
        """What is searched."""
        return self.config.ranges(self.stage)

    def job(self, values: Mapping[str, Any]) -> tuple[FitJob, FitData]:
        """The training with some values changed."""
        params = with_values(self.params, values)
        return self.build(params["model"], params["train"])


def tune_stage(tuning: Tuning, backend: str, ray: dict[str, Any]) -> "Study":
    """Runs a study to its end.

    Args:
        tuning: what is tuned.
        backend: "local", or "ray" for several trials at once.
        ray: values of `RayConfig`.

    Returns:
        The study, with all its trials.

    Raises:
        ConfigError: when a range names a parameter that there is not.
        V2MeowError: when another run tunes the same stage.
    """
    ranges, config = tuning.ranges, tuning.config
    if not ranges:
        raise ConfigError(f"tune.space has no range for stage {tuning.stage!r}.", "Add one, or leave the stage out.")
    base, _ = [tuning.job(values)[0] for values in ends(ranges)]
    with journal(tuning.folder) as storage:
        study = open_study(storage, study_name(tuning, base), config, base.fit.max_steps)
        lost = requeue_lost(study, ranges)
        if lost:
            log.info("%d trial(s) of a run that was stopped are taken up again.", lost)
        place = tuning.folder.absolute()
        pruner = pruner_of(config, base.fit.max_steps)
        spec = TrialSpec(tuning.job, place / TRAININGS, config.against_decode_time, pruner)
        _StudyRunner(study, tuning, trial_executor(study, spec, place / JOURNAL, backend, ray, config.parallel)).run()
    return study


class _StudyRunner:
    """Keeps an executor busy until the study has enough trials."""

    def __init__(self, study: "Study", tuning: Tuning, executor: TrialExecutor) -> None:
        self.study, self.tuning, self.executor = study, tuning, executor
        self.at_work: list[Trial] = []
        self.held: list[Trial] = []  # with the very values of one that is at work

    def run(self) -> None:
        """Runs trials until none is left."""
        while True:
            while len(self.at_work) + len(self.held) < self.executor.size and (trial := self._next()) is not None:
                self._take(trial)
            if not self.at_work:
                return
            running, outcome = self.executor.wait()
            values = dict(zip(OBJECTIVES, outcome.values, strict=False))
            close_run(running.child, values, {"stage": self.tuning.stage, "trial.state": outcome.state})
            self.at_work.remove(running.trial)
            self._tell(running.trial, outcome)
            held, self.held = self.held, []
            for trial in held:
                self._take(trial)

    def _next(self) -> "Trial | None":
        return next_trial(self.study, self.tuning.config, self.tuning.ranges)

    def _take(self, trial: "Trial") -> None:
        known = known_outcome(self.study, trial)
        if known is not None:
            self._tell(trial, known)
        elif any(trial.params == other.params for other in self.at_work):
            self.held.append(trial)
        else:
            name = f"{self.tuning.stage} trial {trial.number}"
            self.at_work.append(trial)
            self.executor.start(RunningTrial(trial, open_run(name, {"trial": trial.number, **trial.params})))

    def _tell(self, trial: "Trial", outcome: Outcome) -> None:
        tell(self.study, trial, outcome)
        log.info("%s", _line(self.tuning.stage, trial, outcome))
        folder = self.tuning.folder / TRAININGS
        remove_trainings(self.study, folder, best_trial(self.study, self.tuning.config))


def best_of(study: "Study", tuning: Tuning) -> "FrozenTrial":
    """The trial whose parameters are worth keeping.

    Args:
        study: finished.
        tuning: what was tuned.

    Returns:
        The trial with the lowest loss, within the budget of decoding time where there is one.

    Raises:
        ConfigError: when there is none.
    """
    best = best_trial(study, tuning.config)
    if best is None:
        reasons = {why for trial in study.get_trials(deepcopy=False) if (why := trial.user_attrs.get(WHY))}
        raise ConfigError(
            f"No trial of {study.study_name} is complete within its limits. {' '.join(sorted(reasons))}".strip(),
            "Widen tune.space or decode_budget_s.",
        )
    return best


def study_name(tuning: Tuning, base: FitJob) -> str:
    """A study is named by all that decides what its trials mean: corpus, fixed parameters, ranges, objectives, pruner.

    Args:
        tuning: what is tuned.
        base: its job with every searched value at its lowest.

    Returns:
        The stage's name and 16 hex digits. The number of trials has no part in it: more of them continue the study.
    """
    config = tuning.config.model_dump(mode="json", exclude={"trials", "parallel", "space", "decode_budget_s"})
    ranges = {path: found.model_dump(mode="json") for path, found in tuning.ranges.items()}
    return f"{tuning.stage}-{fingerprint(base.fingerprint(), config, ranges)}"


def _line(stage: str, trial: "Trial", outcome: Outcome) -> str:
    values = [f"{name} {value:.4g}" for name, value in zip(OBJECTIVES, outcome.values, strict=False)]
    params = [f"{path}={_short(value)}" for path, value in trial.params.items()]
    told = ", ".join([*values, *([outcome.why] if outcome.why else []), *params])
    return f"{stage} trial {trial.number} {outcome.state}: {told}"


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
