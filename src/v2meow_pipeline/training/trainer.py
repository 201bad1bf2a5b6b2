"""Training of any objective with Lightning (`fit`): resumes an interrupted run and saves the best or last weights.

It runs in the calling process and starts no others. Loggers, strategy and plugins are supplied by the caller (jobs/,
executors/), so the same function works on a laptop and on a cluster.
"""

import logging
import shutil
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from lightning.pytorch import Callback, Trainer
from lightning.pytorch.loggers import Logger
from lightning.pytorch.strategies import ModelParallelStrategy, Strategy

from v2meow_pipeline.checkpoint import keep_previous, load_checkpoint, save_checkpoint
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.model_store import CHECKPOINT
from v2meow_pipeline.networks.checkpointing import save_network, whole_state
from v2meow_pipeline.training.callbacks import (
    BEST_NAME,
    RESUME_NAME,
    ProgressDisplay,
    ResumePoint,
    TrainingHistory,
    resumable,
)
from v2meow_pipeline.training.config import FitConfig, check_shares
from v2meow_pipeline.training.display import Display, Terminal
from v2meow_pipeline.training.job import TrainingJob
from v2meow_pipeline.training.module import ExamplesModule, ObjectiveModule
from v2meow_pipeline.training.result import FitResult


def _nothing() -> None:
    """Default of `Runtime.saved`: does nothing."""


class Runtime(NamedTuple):
    """Lightning objects and hooks supplied by the executor.

    Attributes:
        loggers: Lightning loggers.
        strategy: Lightning strategy; "auto" trains on one device in this process.
        callbacks: additional Lightning callbacks.
        plugins: Lightning plugins.
        accelerator: "cpu", "gpu" or "auto".
        display: factory of the progress display.
        saved: function called on every rank after a resume checkpoint was written to the workspace.
    """

    loggers: Sequence[Logger] = ()
    strategy: str | Strategy = "auto"
    callbacks: Sequence[Callback] = ()
    plugins: Sequence[Any] = ()
    accelerator: str = "auto"
    display: Callable[[], Display] = Terminal
    saved: Callable[[], None] = _nothing


LOCAL_RUNTIME = Runtime()


def fit(job: TrainingJob, workspace: Path, runtime: Runtime = LOCAL_RUNTIME) -> FitResult:
    """Trains and writes the checkpoint with the best (or last) weights, whether or not there is one already.

    Args:
        job: what to train.
        workspace: directory used by this job and rank only, absolute under Ray; an interrupted run resumes from it
            exactly.
        runtime: Lightning objects supplied by the executor.

    Returns:
        Path (in the workspace of rank 0), metrics and curves of the checkpoint.

    Raises:
        ConfigError: if a batch cannot be divided evenly over the devices, or FSDP is used with discriminators.
    """
    objective, all_examples = job.build()
    module = ObjectiveModule(objective, job.config)
    if isinstance(runtime.strategy, ModelParallelStrategy) and not module.automatic_optimization:
        raise ConfigError(f"{job.label} has discriminators, which FSDP does not support.", "Use ray.strategy=ddp.")

    def save(folder: Path, writes: bool) -> None:
        if writes:
            save_network(folder, job.kind, objective.network, job.settings, job.fingerprint, job.clock)
        else:
            whole_state(objective.network)  # collective operation: needed on all ranks if weights are sharded

    history = TrainingHistory(workspace, job.config, save)
    own = [
        history,
        ResumePoint(workspace, job.fingerprint, job.config, runtime.saved),
        ProgressDisplay(job.label, job.config.max_steps, runtime.display()),
    ]
    examples = ExamplesModule(all_examples, job.config, together=not module.automatic_optimization)
    with quiet_lightning():
        trainer = _trainer(job.config, workspace, runtime, own, module.automatic_optimization)
        check_shares(job.config, trainer.world_size)
        trainer.fit(module, examples, ckpt_path=resumable(workspace, job.fingerprint), weights_only=True)
        if history.validated_at != trainer.global_step:
            trainer.validate(module, examples, verbose=False)
    if trainer.is_global_zero:
        _finish(job, workspace, history)
    trainer.strategy.barrier("checkpoint")
    return FitResult(workspace / CHECKPOINT, job.fingerprint, history.best, history.curves)


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Context manager that silences Lightning's information messages and warnings; errors are still logged."""
    logger = logging.getLogger("lightning.pytorch")
    level = logger.level
    logger.setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"lightning\..*")
        warnings.filterwarnings("ignore", message=r".*(does not have many workers|srun|isinstance\(treespec).*")
        try:
            yield
        finally:
            logger.setLevel(level)


def _trainer(config: FitConfig, workspace: Path, runtime: Runtime, own: list[Callback], automatic: bool) -> Trainer:
    parts = config.accumulate if automatic else 1  # in manual optimization the module accumulates gradients
    return Trainer(
        accelerator=runtime.accelerator,
        # With "auto" a single device: for more, Lightning would start processes that re-run the command line.
        devices=1 if runtime.strategy == "auto" else "auto",
        strategy=runtime.strategy,
        plugins=list(runtime.plugins) or None,
        precision=config.precision,
        logger=list(runtime.loggers) or False,
        callbacks=[*own, *runtime.callbacks],
        max_steps=config.max_steps,
        max_epochs=-1,
        accumulate_grad_batches=parts,
        val_check_interval=min(config.val_every, config.max_steps) * parts,
        check_val_every_n_epoch=None,
        num_sanity_val_steps=0,
        gradient_clip_val=config.clip_norm if automatic else None,  # in manual optimization the module clips gradients
        log_every_n_steps=config.log_every,
        default_root_dir=workspace,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
        use_distributed_sampler=False,
    )


def _finish(job: TrainingJob, workspace: Path, history: TrainingHistory) -> None:
    """Writes the final checkpoint from the saved weights, and removes the files used for resuming."""
    best = load_checkpoint(workspace / BEST_NAME)
    figures = {"fit": job.config.model_dump(mode="json"), "metrics": history.best, "curves": history.curves}
    keep_previous(workspace / CHECKPOINT)
    save_checkpoint(workspace / CHECKPOINT, {**job.about, **figures, **best.config}, best.weights)
    shutil.rmtree(workspace / BEST_NAME)
    (workspace / RESUME_NAME).unlink(missing_ok=True)
