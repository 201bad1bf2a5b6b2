"""Where networks are trained: in this process, or on Ray. Both run the same functions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from v2meow_pipeline.executors.ray.config import RayConfig, ray_config
from v2meow_pipeline.executors.ray.session import open_session
from v2meow_pipeline.tracking.runs import ChildRun
from v2meow_pipeline.training.trainer import FitResult, Runtime

Fit: TypeAlias = Callable[[Path, Runtime], FitResult]


class Backend(Protocol):
    """A place to train at."""

    def train(self, fit: Fit, workspace: Path, fingerprint: str, child: ChildRun | None) -> FitResult:
        """Trains, resuming a killed run of the same fingerprint.

        Args:
            fit: the training, which lacks only a workspace and runtime; picklable.
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
        return fit(workspace, Runtime(child.loggers() if child else ()))


class RayBackend:
    """Workers of Ray, in a session that is opened by the first of them and closed by the run's end."""

    def __init__(self, config: RayConfig) -> None:
        self.config = config

    def train(self, fit: Fit, workspace: Path, fingerprint: str, child: ChildRun | None) -> FitResult:
        """See `Backend`."""
        open_session(self.config)
        from v2meow_pipeline.executors.ray.train import train_on_ray

        return train_on_ray(self.config, fit, workspace, fingerprint, child)


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
    config = ray_config(name, ray)
    return LocalBackend() if config is None else RayBackend(config)
