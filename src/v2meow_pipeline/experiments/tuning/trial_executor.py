"""Trial executors: sequential in this process, or parallel as Ray tasks."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from v2meow_pipeline.executors.ray.config import RayConfig, ray_config
from v2meow_pipeline.executors.ray.task_pool import TaskPool
from v2meow_pipeline.experiments.tuning.study import Outcome
from v2meow_pipeline.experiments.tuning.trials import TrialSpec, run_trial
from v2meow_pipeline.tracking.runs import ChildRun

if TYPE_CHECKING:
    from optuna import Study, Trial


class RunningTrial(NamedTuple):
    """A trial that was started, and the MLflow run that it reports to."""

    trial: "Trial"
    child: ChildRun | None


class TrialExecutor(Protocol):
    """Runs trials of a study, at most `size` at once."""

    size: int

    def start(self, running: RunningTrial) -> None:
        """Starts a trial; fewer than `size` are running."""
        ...

    def wait(self) -> tuple[RunningTrial, Outcome]:
        """Waits for the next trial to end; at least one is running."""
        ...


class SequentialExecutor:
    """Runs trials in this process, one after the other, when they are waited for."""

    size = 1

    def __init__(self, spec: TrialSpec) -> None:
        self.spec = spec
        self._started: list[RunningTrial] = []

    def start(self, running: RunningTrial) -> None:
        """See `TrialExecutor`."""
        self._started.append(running)

    def wait(self) -> tuple[RunningTrial, Outcome]:
        """See `TrialExecutor`."""
        running = self._started.pop(0)
        return running, run_trial(running.trial, self.spec, running.child)


class RayExecutor:
    """Runs trials as Ray tasks. Each opens the journal itself and reports its losses there, so that it can be pruned.

    A trial whose worker dies resumes from its checkpoint. Every machine has to see the study's folder.
    """

    def __init__(self, study: "Study", spec: TrialSpec, journal: Path, config: RayConfig, size: int) -> None:
        self.size, self._study, self._journal = size, study, journal
        self._pool = TaskPool(config, _run_trial_of_journal, spec, size)
        self._running: dict[Any, RunningTrial] = {}

    def start(self, running: RunningTrial) -> None:
        """See `TrialExecutor`."""
        named = (self._journal, self._study.study_name, running.trial.number)
        self._running[self._pool.start(named, running.child)] = running

    def wait(self) -> tuple[RunningTrial, Outcome]:
        """See `TrialExecutor`."""
        ended, outcome = self._pool.wait(list(self._running))
        return self._running.pop(ended), outcome


def trial_executor(
    study: "Study", spec: TrialSpec, journal: Path, backend: str, ray: dict[str, Any], size: int
) -> TrialExecutor:
    """Builds the executor that the parameters name.

    Args:
        study: whose trials are run.
        work: what a trial trains.
        journal: of the study.
        backend: "local" or "ray".
        ray: values of `RayConfig`; read for Ray only.
        size: trials at once on Ray.

    Returns:
        The executor.

    Raises:
        ConfigError: for another backend, or wrong values.
    """
    config = ray_config(backend, ray)
    return SequentialExecutor(spec) if config is None else RayExecutor(study, spec, journal, config, size)


def _run_trial_of_journal(spec: TrialSpec, named: tuple[Path, str, int], child: ChildRun | None) -> Outcome:
    """Runs a trial in a Ray task, which loads the study from its journal."""
    import optuna

    from v2meow_pipeline.experiments.tuning.journal import open_journal

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    journal, name, number = named
    study = optuna.load_study(study_name=name, storage=open_journal(journal), pruner=spec.pruner)
    # Trials are kept by number, and taken up by an id that only the storage knows.
    trial_id = study.get_trials(deepcopy=False)[number]._trial_id
    return run_trial(optuna.trial.Trial(study, trial_id), spec, child)
