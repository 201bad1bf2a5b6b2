"""Training in Ray Train's workers, as the run that waits for it sees it; imported once a session is open."""

import logging
import shutil
import signal
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import ray
from ray.train import CheckpointConfig, FailureConfig, Result, RunConfig, ScalingConfig, WorkerGroupError
from ray.train.torch import TorchConfig, TorchTrainer

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.errors import ConfigError, V2MeowError
from v2meow_pipeline.executors.ray.config import RayConfig
from v2meow_pipeline.executors.ray.file_store import FileStoreTorchConfig
from v2meow_pipeline.executors.ray.progress_actor import progress_bars
from v2meow_pipeline.executors.ray.single_worker import SingleWorkerConfig
from v2meow_pipeline.executors.ray.storage import remove, storage_of
from v2meow_pipeline.executors.ray.train_worker import Task, run_task
from v2meow_pipeline.tracking.runs import ChildRun
from v2meow_pipeline.training.callbacks import BEST_NAME, RESUME_NAME
from v2meow_pipeline.training.trainer import CHECKPOINT_NAME, FitResult, Runtime, result_of


def train_on_ray(
    config: RayConfig,
    fit: Callable[[Path, Runtime], FitResult],
    workspace: Path,
    fingerprint: str,
    child: ChildRun | None,
) -> FitResult:
    """Trains in workers of the open session, and brings the finished checkpoint to the workspace.

    The training is called by its fingerprint: the same one, started again after a kill, goes on from the storage, and
    no other does.

    Args:
        config: which Ray, and how much of it.
        fit: trains, given a workspace and runtime; it is sent to the workers.
        workspace: where the checkpoint goes, on this machine.
        fingerprint: of the training.
        child: the MLflow run that it reports to.

    Returns:
        The checkpoint and its figures.

    Raises:
        V2MeowError: of the training, or where workers failed more often than `max_failures`.
    """
    logging.getLogger("ray.train").setLevel(logging.ERROR)
    config = config.model_copy(update={"use_gpu": config.on_gpus(ray.cluster_resources().get("GPU", 0))})
    storage, name = storage_of(config.storage, workspace), f"{workspace.name}-{fingerprint}"
    resources = {"CPU": _cpus_per_worker(config, ray.cluster_resources().get("CPU", 0))}
    with progress_bars() as board:
        trainer = TorchTrainer(
            partial(run_task, Task(fit, config, child, board)),
            torch_config=_meeting(config),
            scaling_config=ScalingConfig(
                num_workers=config.workers, use_gpu=bool(config.use_gpu), resources_per_worker=resources
            ),
            run_config=RunConfig(
                name=name,
                storage_path=storage.root,
                storage_filesystem=storage.filesystem,
                checkpoint_config=CheckpointConfig(num_to_keep=1),
                failure_config=FailureConfig(max_failures=config.max_failures),
            ),
        )
        result: Any = _fit(trainer)
    if isinstance(result.return_value, V2MeowError):
        raise result.return_value
    with result.checkpoint.as_directory() as kept, atomic_path(workspace / CHECKPOINT_NAME) as temporary:
        shutil.copytree(Path(kept) / CHECKPOINT_NAME, temporary)
    remove(storage, name)
    _forget_local_run(workspace)
    return result_of(workspace / CHECKPOINT_NAME)


def _cpus_per_worker(config: RayConfig, there_are: float) -> int:
    """A local Ray that lacks processors would wait for them for ever; a cluster may grow."""
    if not config.is_local:
        return config.cpus_per_worker or 1
    cpus = config.cpus_per_worker or max(1, int(there_are) // config.workers)
    if cpus * config.workers > there_are:
        raise ConfigError(
            f"{config.workers} workers with {cpus} CPUs each want more than the {there_are:g} that Ray has.",
            "Lower ray.workers or ray.cpus_per_worker, or raise ray.cpus.",
        )
    return cpus


def _meeting(config: RayConfig) -> Any:
    """How workers find each other. A lone one has nobody to find, and its controller need not load torch for that."""
    if config.workers == 1:
        return SingleWorkerConfig()
    meeting = FileStoreTorchConfig if config.is_local else TorchConfig
    return meeting(backend="nccl" if config.use_gpu else "gloo")


def _fit(trainer: TorchTrainer) -> Result:
    """Waits for the end of the training; Ray's answer to Ctrl-C is taken back afterwards."""
    before = signal.getsignal(signal.SIGINT)
    try:
        return trainer.fit()
    except WorkerGroupError as error:
        known = [e for failure in error.worker_failures.values() if isinstance(e := _root(failure), V2MeowError)]
        if known:
            raise known[0] from error
        raise
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, before)


def _root(error: BaseException) -> BaseException:
    return _root(error.__cause__) if error.__cause__ is not None else error


def _forget_local_run(workspace: Path) -> None:
    """What a killed run of the local backend left would be no use any more."""
    (workspace / RESUME_NAME).unlink(missing_ok=True)
    shutil.rmtree(workspace / BEST_NAME, ignore_errors=True)
