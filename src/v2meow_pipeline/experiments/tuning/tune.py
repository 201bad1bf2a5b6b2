"""Tuning of a stage: runs or resumes its study and selects the best trial."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.executors.executor import Executor
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
from v2meow_pipeline.training.job import TrainingJob

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.trial import FrozenTrial

log = logging.getLogger(__name__)

# Builds the training job of a stage from its parameters `model` and `train`.
Build = Callable[[dict[str, Any], dict[str, Any]], TrainingJob]
TRAININGS = "trainings"
OBJECTIVES = ("val_loss", "decode_s")


class Tuning(NamedTuple):
    """Tuning of a stage.

    Attributes:
        stage: stage name.
        params: current parameters of the stage, with keys `model` and `train`.
        build: function that builds a training job from such parameters.
        config: tuning configuration.
        folder: folder of the stage's studies.
    """

    stage: str
    params: Mapping[str, Any]
    build: Build
    config: TuneConfig
    folder: Path

    @property
    def ranges(self) -> dict[str, Range]:
        """Search space of the stage."""
        return self.config.ranges(self.stage)

    def job(self, values: Mapping[str, Any]) -> TrainingJob:
        """Builds the training job with some parameters replaced."""
        params = with_values(self.params, values)
        return self.build(params["model"], params["train"])


def tune_stage(tuning: Tuning, executor: Executor) -> "Study":
    """Runs or resumes a study until it has the configured number of trials.

    Args:
        tuning: tuning of the stage.
        executor: executor of the run; trials are concurrent on Ray.

    Returns:
        Finished study.

    Raises:
        ConfigError: when the search space is empty or contains an unknown parameter.
        V2MeowError: when another run tunes the same stage.
    """
    ranges, config = tuning.ranges, tuning.config
    if not ranges:
        raise ConfigError(
            f"tune.space has no range for stage {tuning.stage!r}.",
            "Add a range, or remove the stage from the tuned ones.",
        )
    base, _ = [tuning.job(values) for values in ends(ranges)]
    with journal(tuning.folder) as storage:
        study = open_study(storage, study_name(tuning, base), config, base.config.max_steps)
        lost = requeue_lost(study, ranges)
        if lost:
            log.info("Retrying %d trial(s) of an interrupted run.", lost)
        folder = tuning.folder.absolute()
        pruner = pruner_of(config, base.config.max_steps)
        spec = TrialSpec(tuning.job, folder / TRAININGS, config.against_decode_time, pruner)
        _StudyRunner(study, tuning, trial_executor(study, spec, folder / JOURNAL, executor.ray, config.parallel)).run()
    return study


class _StudyRunner:
    """Runs trials on an executor until the study has enough."""

    def __init__(self, study: "Study", tuning: Tuning, executor: TrialExecutor) -> None:
        self.study, self.tuning, self.executor = study, tuning, executor
        self.running: list[Trial] = []
        self.duplicates: list[Trial] = []  # wait for a running trial with the same parameters

    def run(self) -> None:
        """Runs trials until the study has enough and none is running."""
        while True:
            while len(self.running) + len(self.duplicates) < self.executor.size and (trial := self._next()) is not None:
                self._start(trial)
            if not self.running:
                return
            running, outcome = self.executor.wait()
            values = dict(zip(OBJECTIVES, outcome.values, strict=False))
            close_run(running.child, values, {"stage": self.tuning.stage, "trial.state": outcome.state})
            self.running.remove(running.trial)
            self._record(running.trial, outcome)
            duplicates, self.duplicates = self.duplicates, []
            for trial in duplicates:
                self._start(trial)

    def _next(self) -> "Trial | None":
        return next_trial(self.study, self.tuning.config, self.tuning.ranges)

    def _start(self, trial: "Trial") -> None:
        known = known_outcome(self.study, trial)
        if known is not None:
            self._record(trial, known)
        elif any(trial.params == other.params for other in self.running):
            self.duplicates.append(trial)
        else:
            name = f"{self.tuning.stage} trial {trial.number}"
            self.running.append(trial)
            self.executor.start(RunningTrial(trial, open_run(name, {"trial": trial.number, **trial.params})))

    def _record(self, trial: "Trial", outcome: Outcome) -> None:
        tell(self.study, trial, outcome)
        log.info("%s", _line(self.tuning.stage, trial, outcome))
        folder = self.tuning.folder / TRAININGS
        remove_trainings(self.study, folder, best_trial(self.study, self.tuning.config))


def best_of(study: "Study", tuning: Tuning) -> "FrozenTrial":
    """Selects the best trial of a study.

    Args:
        study: finished study.
        tuning: tuning of the stage.

    Returns:
        Trial with the lowest loss, within the decoding time budget if one is set.

    Raises:
        ConfigError: when no complete trial is within the budget.
    """
    best = best_trial(study, tuning.config)
    if best is None:
        reasons = {why for trial in study.get_trials(deepcopy=False) if (why := trial.user_attrs.get(WHY))}
        raise ConfigError(
            f"No trial of {study.study_name} is complete within its limits. {' '.join(sorted(reasons))}".strip(),
            "Widen tune.space or decode_budget_s.",
        )
    return best


def study_name(tuning: Tuning, base: TrainingJob) -> str:
    """Name of a study, with a fingerprint of corpus, fixed parameters, ranges, objectives and pruner.

    Args:
        tuning: tuning of the stage.
        base: training job with every searched parameter at its lowest value.

    Returns:
        Stage name and 16 hex digits. The number of trials is not part of it, so that more trials continue the study.
    """
    config = tuning.config.model_dump(mode="json", exclude={"trials", "parallel", "space", "decode_budget_s"})
    ranges = {path: found.model_dump(mode="json") for path, found in tuning.ranges.items()}
    return f"{tuning.stage}-{fingerprint(base.fingerprint, config, ranges)}"


def _line(stage: str, trial: "Trial", outcome: Outcome) -> str:
    values = [f"{name} {value:.4g}" for name, value in zip(OBJECTIVES, outcome.values, strict=False)]
    params = [f"{path}={_short(value)}" for path, value in trial.params.items()]
    details = ", ".join([*values, *([outcome.why] if outcome.why else []), *params])
    return f"{stage} trial {trial.number} {outcome.state}: {details}"


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
