"""MLflow runs: connection to the store, logging to the active run, and child runs of trainings."""

import atexit
import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import Field

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.tracking.database import prepare_database
from v2meow_pipeline.tracking.dead_runs import close_dead_runs, process_tags
from v2meow_pipeline.tracking.outage import answers, forget, reporting, require_store

if TYPE_CHECKING:
    from lightning.pytorch.loggers import Logger

# Tags that distinguish runs: visual variant, and the part of a run that a child run trains.
VARIANT, PART = "variant", "part"
# Not MLFLOW_TRACKING_URI, which MLflow sets itself, so that one project's store would leak into the next.
STORE_VARIABLE = "V2MEOW_TRACKING_URI"
PARAMS_PER_CALL = 100
LONGEST_PARAM = 500
# Characters that MLflow rejects in keys; names of ablation rows can contain any.
NOT_IN_KEYS = re.compile(r"[^\w\-. :/]")
# Tag with the name of the registered model of a run.
MODEL_TAG = "registry.model"


class TrackingConfig(Config):
    """MLflow settings.

    Attributes:
        enabled: whether runs are tracked and models registered.
        experiment: MLflow experiment; the UI compares runs of one experiment.
        model: registered model name; trained bundles become its versions.
        tracking_uri: URI of an MLflow server or database; None uses $V2MEOW_TRACKING_URI, or else mlruns/mlflow.db in
            the project.
        system_metrics_every_s: sampling interval of CPU, memory, disk, network and GPU metrics, s; None disables them.
        write_every_s: interval at which training metrics are written in batches, s; one write takes 30 to 60 ms.
    """

    enabled: bool = True
    experiment: str = "v2meow"
    model: str = "v2meow"
    tracking_uri: str | None = None
    system_metrics_every_s: float | None = Field(default=5.0, gt=0)
    write_every_s: int = Field(default=5, gt=0)


def connect(project: Path, config: TrackingConfig) -> None:
    """Connects this process to an MLflow store of runs and models.

    Args:
        project: root directory of the project; the default store is in its `mlruns`.
        config: MLflow settings with the URI of the store.

    Raises:
        V2MeowError: when the server is unreachable.
    """
    import mlflow
    from mlflow.environment_variables import (
        MLFLOW_ALLOW_PICKLE_DESERIALIZATION,
        MLFLOW_ASYNC_LOGGING_BUFFERING_SECONDS,
    )

    uri = config.tracking_uri or os.environ.get(STORE_VARIABLE)
    if not uri:
        uri = f"sqlite:///{prepare_database(project.absolute() / 'mlruns')}"
    require_store(uri)
    mlflow.set_tracking_uri(uri)
    MLFLOW_ASYNC_LOGGING_BUFFERING_SECONDS.set(config.write_every_s)
    # Models of this package contain no pickle, so a registered model that does is rejected.
    MLFLOW_ALLOW_PICKLE_DESERIALIZATION.set(False)


def store_uri() -> str:
    """URI of the MLflow store that this process is connected to."""
    import mlflow

    return str(mlflow.get_tracking_uri())


def start_run(
    project: Path, config: TrackingConfig, name: str, params: Mapping[str, Any], tags: Mapping[str, str]
) -> str:
    """Starts the active run of this process.

    Args:
        project: root directory of the project; database and artifacts of the default store are in its `mlruns`.
        config: MLflow settings.
        name: run name in the UI.
        params: nested parameters; logged under dotted keys.
        tags: tags of the run: provenance, such as the git commit.

    Returns:
        Run id.

    Raises:
        V2MeowError: when the server is unreachable, or the experiment was deleted.
    """
    import mlflow

    forget()
    connect(project, config)
    _choose_experiment(project, config.experiment)
    interval_s = config.system_metrics_every_s
    if interval_s is not None:
        # It warns of an unreachable store on every sample; outage.py warns once.
        logging.getLogger("mlflow.system_metrics").setLevel(logging.ERROR)
        mlflow.set_system_metrics_sampling_interval(interval_s)
    close_dead_runs(config.experiment)
    # Runs before MLflow's own handler, which was registered earlier and would mark an interrupted run as finished.
    atexit.register(_end_killed, config.experiment)
    run = mlflow.start_run(run_name=name, tags={**tags, **process_tags()}, log_system_metrics=interval_s is not None)
    _log_params(params)
    return run.info.run_id


def _choose_experiment(project: Path, name: str) -> None:
    """Sets the active experiment; creates it if it does not exist."""
    import mlflow

    found = mlflow.get_experiment_by_name(name)
    if found is None:
        # MLflow stores absolute artifact locations, so the local one is given explicitly; a server has its own.
        is_local = mlflow.get_tracking_uri().startswith("sqlite:")
        location = (project.absolute() / "mlruns" / "artifacts" / name).as_uri() if is_local else None
        mlflow.create_experiment(name, artifact_location=location)
    elif found.lifecycle_stage != "active":
        raise V2MeowError(
            f"The MLflow experiment {name} was deleted.",
            f"Restore it: MLFLOW_TRACKING_URI={mlflow.get_tracking_uri()} .venv/bin/mlflow experiments restore "
            f"--experiment-id {found.experiment_id}. Or set `experiment` in conf/base/mlflow.yml to another name.",
        )
    mlflow.set_experiment(name)


def is_tracked() -> bool:
    """Whether there is an active run in a reachable store."""
    import mlflow

    return answers() and mlflow.active_run() is not None


def run_tags() -> dict[str, str] | None:
    """Tags of the active run without those of MLflow itself; None without an active run."""
    import mlflow

    active = mlflow.active_run()
    if active is None or not answers():
        return None
    with reporting():
        tags = mlflow.get_run(active.info.run_id).data.tags
        return {key: value for key, value in tags.items() if not key.startswith("mlflow.")}
    return None


def tag_run(tags: Mapping[str, str]) -> None:
    """Sets tags of the active run, if there is one."""
    import mlflow

    if is_tracked():
        with reporting():
            mlflow.set_tags(dict(tags))


def end_run(failed: bool) -> None:
    """Ends the run started by `start_run`, if there is one.

    Args:
        failed: whether the run is marked as failed.
    """
    _end_all("FAILED" if failed else "FINISHED")
    atexit.unregister(_end_killed)


def _end_killed(experiment: str) -> None:
    """Exit handler: marks the run as killed, also a run created in the store but not yet active in this process."""
    _end_all("KILLED")
    if answers():
        with reporting():
            close_dead_runs(experiment, including_ours=True)


def _end_all(status: str) -> None:
    import mlflow

    while mlflow.active_run() is not None:  # terminates even if the store is down: MLflow first clears its active run
        with reporting():
            mlflow.end_run(status)


def log_metrics(metrics: Mapping[str, float]) -> None:
    """Logs metrics to the active run, if there is one; NaN is omitted, since MLflow plots it as a value."""
    import mlflow

    if is_tracked():
        with reporting():
            mlflow.log_metrics({key: float(value) for key, value in metrics.items() if value == value})


def log_artifact(path: Path, folder: str | None = None) -> None:
    """Logs a file or folder as artifact of the active run, if there is one."""
    import mlflow

    if not is_tracked():
        return
    with reporting():
        if path.is_dir():
            mlflow.log_artifacts(str(path), folder or path.name)
        else:
            mlflow.log_artifact(str(path), folder)


class ChildRun(NamedTuple):
    """Picklable handle of a child run, for other processes and machines."""

    run_id: str
    tracking_uri: str
    write_every_s: int

    def loggers(self) -> list["Logger"]:
        """Lightning loggers that write to the child run from the current process."""
        from v2meow_pipeline.tracking.loggers import RunLogger

        return [RunLogger(self.run_id, self.tracking_uri, self.write_every_s)]


@contextmanager
def child_run(name: str, params: Mapping[str, Any], tags: Mapping[str, str] | None = None) -> Iterator[ChildRun | None]:
    """Context manager of a child run of the active run.

    Args:
        name: name of the trained stage or network; logged as the tag `part`, and with the variant as the run name.
        params: nested parameters of the child run.
        tags: tags that override those of the active run.

    Yields:
        Handle of the child run; None without an active run.
    """
    import mlflow

    parent_tags = run_tags()
    handle = None if parent_tags is None else _start_child(name, params, {**parent_tags, **(tags or {}), PART: name})
    if handle is None:
        yield None
        return
    try:
        yield handle
    except BaseException:
        with reporting():
            mlflow.end_run("FAILED")
        raise
    with reporting():
        mlflow.end_run()


def _start_child(name: str, params: Mapping[str, Any], tags: Mapping[str, str]) -> ChildRun | None:
    """Starts a child run of the active run; None if the store is unreachable."""
    import mlflow
    from mlflow.environment_variables import MLFLOW_ASYNC_LOGGING_BUFFERING_SECONDS

    title = " ".join([name, tags.get(VARIANT, "")]).strip()
    every_s = MLFLOW_ASYNC_LOGGING_BUFFERING_SECONDS.get() or 1
    with reporting():
        run = mlflow.start_run(run_name=title, nested=True, tags=dict(tags), log_system_metrics=False)
        _log_params(params)
        return ChildRun(run.info.run_id, mlflow.get_tracking_uri(), every_s)
    return None


def _log_params(params: Mapping[str, Any]) -> None:
    import mlflow

    flat = [(NOT_IN_KEYS.sub("_", key), str(value)[:LONGEST_PARAM]) for key, value in flatten(params)]
    for first in range(0, len(flat), PARAMS_PER_CALL):
        mlflow.log_params(dict(flat[first : first + PARAMS_PER_CALL]))


def flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yields the leaves of nested values as pairs of dotted key and value."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
