"""Trial executors: sequential in this process, or parallel as Ray tasks."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from v2meow_pipeline.executors.ray.config import RayConfig
from v2meow_pipeline.executors.ray.task_pool import TaskPool
from v2meow_pipeline.experiments.tuning.study import Outcome
from v2meow_pipeline.experiments.tuning.trials import TrialSpec, run_trial
from v2meow_pipeline.tracking.runs import ChildRun

if TYPE_CHECKING:
    from optuna import Study, Trial


class RunningTrial(NamedTuple):
    """Trial that was started, and the MLflow child run to which it logs."""

    trial: "Trial"
    child: ChildRun | None


class TrialExecutor(Protocol):
    """Interface of a trial executor; runs at most `size` trials concurrently."""

    size: int

    def start(self, running: RunningTrial) -> None:
        """Starts a trial; call it only while fewer than `size` are running."""
        ...

    def wait(self) -> tuple[RunningTrial, Outcome]:
        """Waits for the next trial to end; call it only while at least one is running."""
        ...


class SequentialExecutor:
    """Runs trials sequentially in this process; a trial runs when `wait` is called."""

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
    """Runs trials as Ray tasks, which report their losses to the study's journal so that they can be pruned.

    A trial whose worker dies resumes from its checkpoint. The study's folder must be shared by all machines.
    """

    def __init__(self, study: "Study", spec: TrialSpec, journal: Path, config: RayConfig, size: int) -> None:
        self.size, self._study, self._journal = size, study, journal
        self._pool = TaskPool(config, _run_trial_of_journal, spec, size)
        self._running: dict[Any, RunningTrial] = {}

    def start(self, running: RunningTrial) -> None:
        """See `TrialExecutor`."""
        study_reference = (self._journal, self._study.study_name, running.trial.number)
        self._running[self._pool.start(study_reference, running.child)] = running

    def wait(self) -> tuple[RunningTrial, Outcome]:
        """See `TrialExecutor`."""
        ended, outcome = self._pool.wait(list(self._running))
        return self._running.pop(ended), outcome


def trial_executor(study: "Study", spec: TrialSpec, journal: Path, ray: RayConfig | None, size: int) -> TrialExecutor:
    """Builds the trial executor of a run.

    Args:
        study: study whose trials are run.
        spec: settings shared by all trials.
        journal: absolute path of the study's journal file.
        ray: Ray configuration; None runs trials in this process.
        size: number of concurrent trials on Ray.

    Returns:
        Trial executor.
    """
    return SequentialExecutor(spec) if ray is None else RayExecutor(study, spec, journal, ray, size)


def _run_trial_of_journal(spec: TrialSpec, study_reference: tuple[Path, str, int], child: ChildRun | None) -> Outcome:
    """Ray task: loads the study from its journal and runs a trial."""
    import optuna

    from v2meow_pipeline.experiments.tuning.journal import open_journal

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    journal, name, number = study_reference
    study = optuna.load_study(study_name=name, storage=open_journal(journal), pruner=spec.pruner)
    # A Trial object is created from the id in the storage, which differs from the trial number.
    trial_id = study.get_trials(deepcopy=False)[number]._trial_id
    return run_trial(optuna.trial.Trial(study, trial_id), spec, child)
