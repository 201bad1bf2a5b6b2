"""What a worker of Ray Train does: the same training as anywhere, from and to the storage."""

import shutil
import tempfile
from collections.abc import Callable
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
from v2meow_pipeline.tracking.runs import ChildRun
from v2meow_pipeline.training.callbacks import RESUME_NAME
from v2meow_pipeline.training.trainer import FitResult, Runtime


class Task(NamedTuple):
    """What a worker is sent: a training that lacks only its workspace and runtime, and where it is told of."""

    fit: Callable[[Path, Runtime], FitResult]
    config: RayConfig
    child: ChildRun | None
    board: Any


def run_task(task: Task) -> Any:
    """Trains, from the last checkpoint in the storage if there is one, and leaves the finished one there.

    Args:
        task: what is trained.

    Returns:
        A V2MeowError that a person can mend, which to try again is no use; None if all went well.
    """
    with ExitStack() as stack:
        workspace = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="v2meow-")))
        checkpoint = ray.train.get_checkpoint()
        if checkpoint is not None:
            _take_over(Path(stack.enter_context(checkpoint.as_directory())), workspace)
        try:
            task.fit(workspace, _runtime(task, workspace))
        except V2MeowError as error:
            return error
        _keep(workspace)
    return None


def _runtime(task: Task, workspace: Path) -> Runtime:
    leads = ray.train.get_context().get_world_rank() == 0
    return Runtime(
        loggers=task.child.loggers() if task.child and leads else (),
        strategy=_strategy(task.config),
        plugins=[RayLightningEnvironment()] if task.config.workers > 1 else (),
        accelerator="gpu" if task.config.use_gpu else "cpu",
        display=partial(RemoteProgress, task.board),
        saved=partial(_keep, workspace),
    )


class RayShardedStrategy(ModelParallelStrategy):
    """FSDP over all workers, on the device that Ray gave to each; checkpoints are whole, whatever their number."""

    def __init__(self, workers: int) -> None:
        super().__init__(data_parallel_size=workers, tensor_parallel_size=1, save_distributed_checkpoint=False)

    @property
    def root_device(self) -> torch.device:
        """What Ray gave to this worker."""
        return ray.train.torch.get_device()


def _strategy(config: RayConfig) -> str | Strategy:
    if config.workers == 1:
        return "auto"  # nobody to agree with: what the others' machinery would add is time
    if config.strategy == "fsdp":
        return RayShardedStrategy(config.workers)
    # Conditions that are hidden in a step, and the other players of a game, have no gradient then.
    return RayDDPStrategy(find_unused_parameters=True)


def _take_over(kept: Path, workspace: Path) -> None:
    """Fills an empty workspace; the largest file, which is only read, stays where it is."""
    for path in kept.iterdir():
        if path.name == RESUME_NAME:
            (workspace / path.name).symlink_to(path)
        elif path.is_dir():
            shutil.copytree(path, workspace / path.name)


def _keep(workspace: Path) -> None:
    """Copies the first rank's workspace to the storage: newest state and best weights together; others take part."""
    leads = ray.train.get_context().get_world_rank() == 0
    checkpoint = ray.train.Checkpoint.from_directory(str(workspace)) if leads else None
    ray.train.report({}, checkpoint=checkpoint)
