"""Training backends: this process or Ray, which run the same functions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from v2meow_pipeline.executors.ray.config import RayConfig, ray_config
from v2meow_pipeline.executors.ray.session import open_session
from v2meow_pipeline.tracking.runs import ChildRun
from v2meow_pipeline.training.trainer import FitResult, Runtime

Fit: TypeAlias = Callable[[Path, Runtime], FitResult]


class Backend(Protocol):
    """Interface of a training backend."""

    def train(self, fit: Fit, workspace: Path, fingerprint: str, child: ChildRun | None) -> FitResult:
        """Trains, resuming an interrupted training with the same fingerprint.

        Args:
            fit: picklable function that trains, given a workspace and a runtime.
            workspace: folder to which the checkpoint is written.
            fingerprint: fingerprint of the training's configuration and data.
            child: MLflow child run to which losses are logged; None logs nothing.

        Returns:
            Checkpoint in the workspace, and its metrics.
        """
        ...


class LocalBackend:
    """Trains in this process."""

    def train(self, fit: Fit, workspace: Path, fingerprint: str, child: ChildRun | None) -> FitResult:
        """See `Backend`."""
        return fit(workspace, Runtime(child.loggers() if child else ()))


class RayBackend:
    """Trains in Ray workers; the first training opens the Ray session, the end of the run closes it."""

    def __init__(self, config: RayConfig) -> None:
        self.config = config

    def train(self, fit: Fit, workspace: Path, fingerprint: str, child: ChildRun | None) -> FitResult:
        """See `Backend`."""
        open_session(self.config)
        from v2meow_pipeline.executors.ray.train import train_on_ray

        return train_on_ray(self.config, fit, workspace, fingerprint, child)


def backend_of(name: str, ray: dict[str, Any]) -> Backend:
    """Builds the training backend selected by the parameters.

    Args:
        name: "local" or "ray".
        ray: values of `RayConfig`; used only for backend "ray".

    Returns:
        Training backend; no Ray session is opened yet.

    Raises:
        ConfigError: for an unknown backend or invalid values.
    """
    config = ray_config(name, ray)
    return LocalBackend() if config is None else RayBackend(config)
