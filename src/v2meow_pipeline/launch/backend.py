"""Where a run's heavy work is done: in this process, or on Ray. Both run the same functions."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.launch.cluster.config import RayConfig
from v2meow_pipeline.launch.cluster.session import open_session
from v2meow_pipeline.launch.tracking import ChildRun
from v2meow_pipeline.parallel import Processes, Spread
from v2meow_pipeline.progress import track
from v2meow_pipeline.training.trainer import FitResult, Surroundings

Item = TypeVar("Item")
Result = TypeVar("Result")
Fit: TypeAlias = Callable[[Path, Surroundings], FitResult]


class Backend(Protocol):
    """A place to train at."""

    def train(self, fit: Fit, workspace: Path, fingerprint: str, child: ChildRun | None) -> FitResult:
        """Trains, resuming a killed run of the same fingerprint.

        Args:
            fit: the training, which lacks only a workspace and surroundings; picklable.
            workspace: where its checkpoint goes.
            fingerprint: of the training.
            child: the MLflow run that it reports to.

        Returns:
            The checkpoint in the workspace and its figures.
        """
        ...


class LocalBackend:
    """This process."""

    def train(self, fit: Fit, workspace: Path, fingerprint: str, child: ChildRun | None) -> FitResult:
        """See `Backend`."""
        return fit(workspace, Surroundings(child.loggers() if child else ()))


class RayBackend:
    """Workers of Ray, in a session that is opened by the first of them and closed by the run's end."""

    def __init__(self, config: RayConfig) -> None:
        self.config = config

    def train(self, fit: Fit, workspace: Path, fingerprint: str, child: ChildRun | None) -> FitResult:
        """See `Backend`."""
        open_session(self.config)
        from v2meow_pipeline.launch.cluster.train import train_on_ray

        return train_on_ray(self.config, fit, workspace, fingerprint, child)


class Actors:
    """Spreads work over a pool of `workers` actors of Ray Data; nothing is opened where there is nothing to do."""

    def __init__(self, config: RayConfig, workers: int) -> None:
        self.config, self.workers = config, workers

    def __call__(self, function: Callable[[Item], Result], items: Sequence[Item], description: str) -> Iterator[Result]:
        """See `parallel.parallel_map`."""
        if not items:
            return
        open_session(self.config)
        from v2meow_pipeline.launch.cluster.pool import map_in_actors

        results = map_in_actors(function, items, self.workers, self.config)
        yield from track(results, description, len(items))


def spread_over(workers: int, backend: str, ray: dict[str, Any]) -> Spread:
    """What spreads shards over workers, on the backend that parameters ask for.

    Args:
        workers: processes or actors at most.
        backend: "local" or "ray".
        ray: values of `RayConfig`; looked at for Ray only.

    Returns:
        What `corpus.shards.fill` takes. Wrong values are a ConfigError.
    """
    there = backend_of(backend, ray)
    return Actors(there.config, workers) if isinstance(there, RayBackend) else Processes(workers)


def backend_of(name: str, ray: dict[str, Any]) -> Backend:
    """The backend that parameters ask for.

    Args:
        name: "local" or "ray".
        ray: values of `RayConfig`; looked at for Ray only.

    Returns:
        The backend; nothing is started yet.

    Raises:
        ConfigError: for another name, or wrong values.
    """
    if name == "local":
        return LocalBackend()
    if name == "ray":
        return RayBackend(RayConfig.parse(ray))
    raise ConfigError(f"There is no backend {name!r}.", "Use --params backend=ray or backend=local.")
