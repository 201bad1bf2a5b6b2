"""Driver side of training with Ray Train; import only while a Ray session is open."""

import logging
import shutil
import signal
import threading
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
from v2meow_pipeline.executors.ray.train_worker import WorkerTask, run_task
from v2meow_pipeline.model_store import CHECKPOINT
from v2meow_pipeline.tracking.runs import ChildRun
from v2meow_pipeline.training.callbacks import BEST_NAME, RESUME_NAME
from v2meow_pipeline.training.job import TrainingJob
from v2meow_pipeline.training.result import FitResult, result_of


def train_on_ray(config: RayConfig, job: TrainingJob, workspace: Path, child: ChildRun | None) -> FitResult:
    """Trains in Ray Train workers, and copies the finished checkpoint to the local workspace.

    The Ray run is named by the fingerprint, so that only a training with the same fingerprint resumes from the storage.

    Args:
        config: Ray configuration.
        job: what to train; built and trained in the workers.
        workspace: local folder to which the checkpoint is written.
        child: MLflow child run to which losses are logged; None logs nothing.

    Returns:
        Checkpoint in the workspace, and its metrics.

    Raises:
        V2MeowError: when the training raised it.
    """
    logging.getLogger("ray.train").setLevel(logging.ERROR)
    config = config.model_copy(update={"use_gpu": config.on_gpus(ray.cluster_resources().get("GPU", 0))})
    storage, name = storage_of(config.storage, workspace), f"{workspace.name}-{job.fingerprint}"
    resources = {"CPU": _cpus_per_worker(config, ray.cluster_resources().get("CPU", 0))}
    with progress_bars() as board:
        trainer = TorchTrainer(
            partial(run_task, WorkerTask(job, config, child, board)),
            torch_config=_torch_config(config),
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
    with result.checkpoint.as_directory() as directory, atomic_path(workspace / CHECKPOINT) as temporary:
        shutil.copytree(Path(directory) / CHECKPOINT, temporary)
    remove(storage, name)
    _remove_local_state(workspace)
    return result_of(workspace / CHECKPOINT)


def _cpus_per_worker(config: RayConfig, available: float) -> int:
    """CPUs per worker; raises if a local Ray has too few, since it would wait forever (a cluster may grow)."""
    if not config.is_local:
        return config.cpus_per_worker or 1
    cpus = config.cpus_per_worker or max(1, int(available) // config.workers)
    if cpus * config.workers > available:
        raise ConfigError(
            f"{config.workers} workers with {cpus} CPUs each need more than the {available:g} CPUs that Ray has.",
            "Lower ray.workers or ray.cpus_per_worker, or raise ray.cpus.",
        )
    return cpus


def _torch_config(config: RayConfig) -> Any:
    """Process group configuration of the workers: none for one worker, file rendezvous on this machine, else TCP."""
    if config.workers == 1:
        return SingleWorkerConfig()
    torch_config = FileStoreTorchConfig if config.is_local else TorchConfig
    return torch_config(backend="nccl" if config.use_gpu else "gloo")


def _fit(trainer: TorchTrainer) -> Result:
    """Runs the trainer; raises a worker's V2MeowError, and restores the SIGINT handler that Ray replaces."""
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


def _remove_local_state(workspace: Path) -> None:
    """Deletes the resume state that an interrupted training of the local backend left."""
    (workspace / RESUME_NAME).unlink(missing_ok=True)
    shutil.rmtree(workspace / BEST_NAME, ignore_errors=True)
