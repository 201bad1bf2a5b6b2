"""Who runs trials: this process, one after the other, or tasks on Ray, several at once."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from v2meow_pipeline.executors.ray.config import RayConfig, ray_config
from v2meow_pipeline.executors.ray.session import open_session
from v2meow_pipeline.experiments.tuning.study import Outcome
from v2meow_pipeline.experiments.tuning.trials import Work, run_trial
from v2meow_pipeline.tracking.runs import ChildRun

if TYPE_CHECKING:
    from optuna import Study, Trial


class Running(NamedTuple):
    """A trial at work, and the MLflow run that it reports to."""

    trial: "Trial"
    child: ChildRun | None


class Crew(Protocol):
    """Runs trials of a study, `size` at once."""

    size: int

    def start(self, running: Running) -> None:
        """Takes a trial on; there is room for it."""
        ...

    def wait(self) -> tuple[Running, Outcome]:
        """The next trial to end; some are at work."""
        ...


class Alone:
    """This process; a trial is run when it is waited for."""

    size = 1

    def __init__(self, work: Work) -> None:
        self.work = work
        self._taken: list[Running] = []

    def start(self, running: Running) -> None:
        """See `Crew`."""
        self._taken.append(running)

    def wait(self) -> tuple[Running, Outcome]:
        """See `Crew`."""
        running = self._taken.pop(0)
        return running, run_trial(running.trial, self.work, running.child)


class RayCrew:
    """Tasks on Ray; each opens the journal itself and reports its losses there, so that any of them can be given up.

    A task whose worker dies is started again by Ray and goes on from its point of resume. Every machine has to see the
    study's folder.
    """

    def __init__(self, study: "Study", work: Work, journal: Path, config: RayConfig, size: int) -> None:
        open_session(config)
        import ray

        self.size, self._ray = size, ray
        there_are = int(ray.cluster_resources().get("CPU", 1))
        cpus = config.cpus_per_worker or (max(1, there_are // size) if config.is_local else 1)
        # Trials may share a GPU: what a small one leaves idle is another's.
        gpus = ray.cluster_resources().get("GPU", 0) / size if config.use_gpu is None else float(config.use_gpu)
        task = ray.remote(_trial_on_ray)
        self._task = task.options(num_cpus=cpus, num_gpus=min(1.0, gpus), max_retries=config.max_failures)
        self._work, self._study, self._journal = ray.put(work), study, journal
        self._at_work: dict[Any, Running] = {}

    def start(self, running: Running) -> None:
        """See `Crew`."""
        named = (self._journal, self._study.study_name, running.trial.number)
        self._at_work[self._task.remote(self._work, named, running.child)] = running

    def wait(self) -> tuple[Running, Outcome]:
        """See `Crew`."""
        (ended,), _ = self._ray.wait(list(self._at_work), num_returns=1)
        return self._at_work.pop(ended), self._ray.get(ended)


def crew_of(study: "Study", work: Work, journal: Path, backend: str, ray: dict[str, Any], size: int) -> Crew:
    """The crew that parameters ask for.

    Args:
        study: whose trials are run.
        work: what a trial is.
        journal: of the study.
        backend: "local" or "ray".
        ray: values of `RayConfig`; looked at for Ray only.
        size: trials at once on Ray.

    Returns:
        The crew. Wrong values are a ConfigError.
    """
    config = ray_config(backend, ray)
    return Alone(work) if config is None else RayCrew(study, work, journal, config, size)


def _trial_on_ray(work: Work, named: tuple[Path, str, int], child: ChildRun | None) -> Outcome:
    """Runs a trial of the study in a journal, in a process of Ray."""
    import optuna

    from v2meow_pipeline.experiments.tuning.journal import open_journal

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    journal, name, number = named
    study = optuna.load_study(study_name=name, storage=open_journal(journal), pruner=work.pruner)
    # Trials are kept by number, and taken up by an id that only the storage knows.
    trial_id = study.get_trials(deepcopy=False)[number]._trial_id
    return run_trial(optuna.trial.Trial(study, trial_id), work, child)
