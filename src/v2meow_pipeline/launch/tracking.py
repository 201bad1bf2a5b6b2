"""MLflow: where runs are stored, what a run is told, and the loggers that a training run writes to."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from v2meow_pipeline.config import Config

if TYPE_CHECKING:
    from lightning.pytorch.loggers import Logger

PARAMS_PER_CALL = 100
LONGEST_PARAM = 500


class TrackingConfig(Config):
    """Where and under what name runs are tracked, and models registered.

    Attributes:
        enabled: False tracks and registers nothing.
        experiment: MLflow experiment; runs of one experiment are compared with each other.
        model: name of the registered model that finished bundles become versions of.
        tracking_uri: an MLflow server or database; None is $MLFLOW_TRACKING_URI, else mlruns/mlflow.db in the project.
    """

    enabled: bool = True
    experiment: str = "v2meow"
    model: str = "v2meow"
    tracking_uri: str | None = None


def connect(project: Path, config: TrackingConfig) -> None:
    """Lets everything in this process talk to one store of runs and models.

    Args:
        project: root of the project; the default store lies in its `mlruns`.
        config: which store.
    """
    import mlflow

    uri = config.tracking_uri or os.environ.get("MLFLOW_TRACKING_URI")
    if not uri:
        store = project.absolute() / "mlruns"
        store.mkdir(parents=True, exist_ok=True)
        uri = f"sqlite:///{store / 'mlflow.db'}"
    mlflow.set_tracking_uri(uri)


def start_run(
    project: Path, config: TrackingConfig, name: str, params: Mapping[str, Any], tags: Mapping[str, str]
) -> str:
    """Starts the run that everything in this process reports to.

    Args:
        project: root of the project; the database and artifacts of the default store lie in its `mlruns`.
        config: where to track.
        name: what the run is called in the UI.
        params: nested parameters; logged flat, with dots.
        tags: provenance, such as the git commit.

    Returns:
        The run's id.
    """
    import mlflow

    connect(project, config)
    if mlflow.get_experiment_by_name(config.experiment) is None:
        # Artifact locations are stored absolute, so the default one is spelled out; a server chooses its own.
        ours = mlflow.get_tracking_uri().startswith("sqlite:")
        location = (project.absolute() / "mlruns" / "artifacts" / config.experiment).as_uri() if ours else None
        mlflow.create_experiment(config.experiment, artifact_location=location)
    mlflow.set_experiment(config.experiment)
    run = mlflow.start_run(run_name=name, tags=dict(tags))
    _log_params(params)
    return run.info.run_id


def run_tags() -> dict[str, str] | None:
    """Our own tags of the active run, without those that MLflow sets; None where nothing is tracked."""
    import mlflow

    active = mlflow.active_run()
    if active is None:
        return None
    tags = mlflow.get_run(active.info.run_id).data.tags
    return {key: value for key, value in tags.items() if not key.startswith("mlflow.")}


def end_run(failed: bool) -> None:
    """Ends the run started by `start_run`, if there is one.

    Args:
        failed: whether the run is shown as failed.
    """
    import mlflow

    while mlflow.active_run() is not None:
        mlflow.end_run("FAILED" if failed else "FINISHED")


def log_metrics(metrics: Mapping[str, float]) -> None:
    """Reports numbers to the active run, if there is one; NaN is left out, since MLflow draws it as a value."""
    import mlflow

    if mlflow.active_run() is not None:
        mlflow.log_metrics({key: float(value) for key, value in metrics.items() if value == value})


def set_tags(tags: Mapping[str, str]) -> None:
    """Tags the active run, if there is one."""
    import mlflow

    if mlflow.active_run() is not None:
        mlflow.set_tags(dict(tags))


def log_artifact(path: Path, folder: str | None = None) -> None:
    """Stores a file, or a whole folder, with the active run, if there is one."""
    import mlflow

    if mlflow.active_run() is None:
        return
    if path.is_dir():
        mlflow.log_artifacts(str(path), folder or path.name)
    else:
        mlflow.log_artifact(str(path), folder)


class ChildRun(NamedTuple):
    """A run below another, as a handle that can be sent to other processes and machines."""

    run_id: str
    tracking_uri: str

    def loggers(self) -> list["Logger"]:
        """The Lightning loggers that write to it, from whatever process this is."""
        from lightning.pytorch.loggers import MLFlowLogger

        return [MLFlowLogger(run_id=self.run_id, tracking_uri=self.tracking_uri)]


@contextmanager
def child_run(name: str, params: Mapping[str, Any]) -> Iterator[ChildRun | None]:
    """A run below the active one.

    Args:
        name: what the child run is called, such as a stage's name.
        params: nested parameters of this child.

    Yields:
        Its handle; None where nothing is tracked.
    """
    import mlflow

    if mlflow.active_run() is None:
        yield None
        return
    with mlflow.start_run(run_name=name, nested=True) as run:
        _log_params(params)
        yield ChildRun(run.info.run_id, mlflow.get_tracking_uri())


def _log_params(params: Mapping[str, Any]) -> None:
    import mlflow

    flat = [(key, str(value)[:LONGEST_PARAM]) for key, value in _flatten(params)]
    for first in range(0, len(flat), PARAMS_PER_CALL):
        mlflow.log_params(dict(flat[first : first + PARAMS_PER_CALL]))


def _flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
