"""MLflow: where runs are stored, what a run is told, and the loggers that a training run writes to."""

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

# Tags that tell runs apart: what the stages see of the video, and which part of a run a child trains.
VARIANT, PART = "variant", "part"
# Not MLFLOW_TRACKING_URI: MLflow itself sets that, so that one project's store would become the next one's.
STORE_VARIABLE = "V2MEOW_TRACKING_URI"
PARAMS_PER_CALL = 100
LONGEST_PARAM = 500
# What MLflow refuses in a key; a row of an ablation may be called anything.
NOT_IN_KEYS = re.compile(r"[^\w\-. :/]")
# Tag of a run: the registered model that it works for.
MODEL_TAG = "registry.model"


class TrackingConfig(Config):
    """Where and under what name runs are tracked, and models registered.

    Attributes:
        enabled: False tracks and registers nothing.
        experiment: MLflow experiment; runs of one experiment are compared with each other.
        model: name of the registered model that finished bundles become versions of.
        tracking_uri: an MLflow server or database; None is $V2MEOW_TRACKING_URI, else mlruns/mlflow.db in the project.
        system_metrics_every_s: between samples of processor, memory, disk, network and GPUs; None takes none.
        write_every_s: curves are written together so often: a write of its own takes 30 to 60 ms.
    """

    enabled: bool = True
    experiment: str = "v2meow"
    model: str = "v2meow"
    tracking_uri: str | None = None
    system_metrics_every_s: float | None = Field(default=5.0, gt=0)
    write_every_s: int = Field(default=5, gt=0)


def connect(project: Path, config: TrackingConfig) -> None:
    """Lets everything in this process talk to one store of runs and models.

    Args:
        project: root of the project; the default store lies in its `mlruns`.
        config: which store.

    Raises:
        V2MeowError: when a server does not answer.
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
    # Our models hold no pickle; whoever registers one under our name gets no code into this process with it.
    MLFLOW_ALLOW_PICKLE_DESERIALIZATION.set(False)


def store_uri() -> str:
    """The address of the store that this process is connected to."""
    import mlflow

    return str(mlflow.get_tracking_uri())


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

    Raises:
        V2MeowError: when a server does not answer, or the experiment was deleted.
    """
    import mlflow

    forget()
    connect(project, config)
    _choose_experiment(project, config.experiment)
    sampled = config.system_metrics_every_s
    if sampled is not None:
        # Its warnings are those of a store that does not answer, which is told once (outage.py).
        logging.getLogger("mlflow.system_metrics").setLevel(logging.ERROR)
        mlflow.set_system_metrics_sampling_interval(sampled)
    close_dead_runs(config.experiment)
    # Registered after MLflow's own, which would call an interrupted run finished, and so called before it.
    atexit.register(_end_killed, config.experiment)
    run = mlflow.start_run(run_name=name, tags={**tags, **process_tags()}, log_system_metrics=sampled is not None)
    _log_params(params)
    return run.info.run_id


def _choose_experiment(project: Path, name: str) -> None:
    """Makes it where there is none."""
    import mlflow

    found = mlflow.get_experiment_by_name(name)
    if found is None:
        # Artifact locations are stored absolute, so the default one is spelled out; a server chooses its own.
        ours = mlflow.get_tracking_uri().startswith("sqlite:")
        location = (project.absolute() / "mlruns" / "artifacts" / name).as_uri() if ours else None
        mlflow.create_experiment(name, artifact_location=location)
    elif found.lifecycle_stage != "active":
        raise V2MeowError(
            f"The MLflow experiment {name} was deleted.",
            f"Restore it: MLFLOW_TRACKING_URI={mlflow.get_tracking_uri()} .venv/bin/mlflow experiments restore "
            f"--experiment-id {found.experiment_id}. Or name another as `experiment` in conf/base/mlflow.yml.",
        )
    mlflow.set_experiment(name)


def is_tracked() -> bool:
    """Whether there is an active run, in a store that answers."""
    import mlflow

    return answers() and mlflow.active_run() is not None


def run_tags() -> dict[str, str] | None:
    """Our own tags of the active run, without those that MLflow sets; None where nothing is tracked."""
    import mlflow

    active = mlflow.active_run()
    if active is None or not answers():
        return None
    with reporting():
        tags = mlflow.get_run(active.info.run_id).data.tags
        return {key: value for key, value in tags.items() if not key.startswith("mlflow.")}
    return None


def tag_run(tags: Mapping[str, str]) -> None:
    """Tags the active run, if there is one."""
    import mlflow

    if is_tracked():
        with reporting():
            mlflow.set_tags(dict(tags))


def end_run(failed: bool) -> None:
    """Ends the run started by `start_run`, if there is one.

    Args:
        failed: whether the run is shown as failed.
    """
    _end_all("FAILED" if failed else "FINISHED")
    atexit.unregister(_end_killed)


def _end_killed(experiment: str) -> None:
    """Also the run that was only just made, and that MLflow has not told of yet."""
    _end_all("KILLED")
    if answers():
        with reporting():
            close_dead_runs(experiment, including_ours=True)


def _end_all(status: str) -> None:
    import mlflow

    while mlflow.active_run() is not None:  # also one that is lost: MLflow forgets it before it tells the store
        with reporting():
            mlflow.end_run(status)


def log_metrics(metrics: Mapping[str, float]) -> None:
    """Reports numbers to the active run, if there is one; NaN is left out, since MLflow draws it as a value."""
    import mlflow

    if is_tracked():
        with reporting():
            mlflow.log_metrics({key: float(value) for key, value in metrics.items() if value == value})


def log_artifact(path: Path, folder: str | None = None) -> None:
    """Stores a file, or a whole folder, with the active run, if there is one."""
    import mlflow

    if not is_tracked():
        return
    with reporting():
        if path.is_dir():
            mlflow.log_artifacts(str(path), folder or path.name)
        else:
            mlflow.log_artifact(str(path), folder)


class ChildRun(NamedTuple):
    """A run below another, as a handle that can be sent to other processes and machines."""

    run_id: str
    tracking_uri: str
    write_every_s: int

    def loggers(self) -> list["Logger"]:
        """The Lightning loggers that write to it, from whatever process this is."""
        from v2meow_pipeline.tracking.loggers import RunLogger

        return [RunLogger(self.run_id, self.tracking_uri, self.write_every_s)]


@contextmanager
def child_run(name: str, params: Mapping[str, Any], tags: Mapping[str, str] | None = None) -> Iterator[ChildRun | None]:
    """A run below the active one.

    Args:
        name: what is trained, such as a stage's name; the tag `part`, and with the variant the child run's name.
        params: nested parameters of this child.
        tags: in which it differs from the active run.

    Yields:
        Its handle; None where nothing is tracked.
    """
    import mlflow

    told = run_tags()
    handle = None if told is None else _start_child(name, params, {**told, **(tags or {}), PART: name})
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
    """Starts a run below the active one; None where the store does not answer."""
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
    """Nested values as pairs of a dotted key and a value."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
