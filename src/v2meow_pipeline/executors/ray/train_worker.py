"""Worker side of training with Ray Train: restores from the storage, trains, and saves to the storage."""

import shutil
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import ray.train
import ray.train.torch
import torch
from lightning.pytorch.strategies import ModelParallelStrategy, Strategy
from ray.train.lightning import RayDDPStrategy, RayLightningEnvironment

from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.executors.ray.config import RayConfig
from v2meow_pipeline.executors.ray.progress_actor import RemoteProgress
from v2meow_pipeline.model_store import CHECKPOINT
from v2meow_pipeline.tracking.runs import ChildRun
from v2meow_pipeline.training.callbacks import RESUME_NAME
from v2meow_pipeline.training.job import TrainingJob
from v2meow_pipeline.training.trainer import Runtime, fit


class WorkerTask(NamedTuple):
    """Task of a worker: training job, Ray configuration, MLflow child run, and progress actor."""

    job: TrainingJob
    config: RayConfig
    child: ChildRun | None
    board: Any


def run_task(task: WorkerTask) -> Any:
    """Trains from the last checkpoint in the storage, if any, and saves the finished checkpoint there.

    Args:
        task: training to run.

    Returns:
        V2MeowError raised by the training, returned because a retry would fail again; None on success.
    """
    with ExitStack() as stack:
        workspace = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="v2meow-")))
        checkpoint = ray.train.get_checkpoint()
        if checkpoint is not None:
            _restore(Path(stack.enter_context(checkpoint.as_directory())), workspace)
        try:
            # A worker that was lost after the end of the training left a finished checkpoint in the storage.
            if not (workspace / CHECKPOINT).is_dir():
                fit(task.job, workspace, _runtime(task, workspace))
        except V2MeowError as error:
            return error
        _save(workspace)
    return None


def _runtime(task: WorkerTask, workspace: Path) -> Runtime:
    is_first_rank = ray.train.get_context().get_world_rank() == 0
    return Runtime(
        loggers=task.child.loggers() if task.child and is_first_rank else (),
        strategy=_strategy(task.config),
        plugins=[RayLightningEnvironment()] if task.config.workers > 1 else (),
        accelerator="gpu" if task.config.use_gpu else "cpu",
        display=partial(RemoteProgress, task.board),
        saved=partial(_save, workspace),
    )


class RayShardedStrategy(ModelParallelStrategy):
    """FSDP over all workers, on the devices assigned by Ray; checkpoints are not sharded."""

    def __init__(self, workers: int) -> None:
        super().__init__(data_parallel_size=workers, tensor_parallel_size=1, save_distributed_checkpoint=False)

    @property
    def root_device(self) -> torch.device:
        """Device that Ray assigned to this worker."""
        return ray.train.torch.get_device()


def _strategy(config: RayConfig) -> str | Strategy:
    if config.workers == 1:
        return "auto"  # no process group: avoids the overhead of DDP
    if config.strategy == "fsdp":
        return RayShardedStrategy(config.workers)
    # Dropped conditions, and the networks that a GAN step does not update, have no gradient in that step.
    return RayDDPStrategy(find_unused_parameters=True)


def _restore(directory: Path, workspace: Path) -> None:
    """Copies a checkpoint into an empty workspace; the large, read-only resume file is linked instead."""
    for path in directory.iterdir():
        if path.name == RESUME_NAME:
            (workspace / path.name).symlink_to(path)
        elif path.is_dir():
            shutil.copytree(path, workspace / path.name)


def _save(workspace: Path) -> None:
    """Saves the workspace of rank 0 to the storage (last state and best weights); must be called by all ranks."""
    is_first_rank = ray.train.get_context().get_world_rank() == 0
    checkpoint = ray.train.Checkpoint.from_directory(str(workspace)) if is_first_rank else None
    ray.train.report({}, checkpoint=checkpoint)
