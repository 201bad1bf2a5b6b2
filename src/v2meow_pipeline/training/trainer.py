"""`train`: trains any objective, resumes where it was killed, keeps the weights with the lowest validation loss.

It runs in whatever process calls it and starts no other: loggers, strategy and plugins are built by the caller
(jobs/, executors/), so that the same function serves a laptop and a cluster.
"""

import logging
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from lightning.pytorch import Callback, Trainer
from lightning.pytorch.loggers import Logger
from lightning.pytorch.strategies import ModelParallelStrategy, Strategy

from v2meow_pipeline.checkpoint import keep_previous, load_checkpoint, read_config, save_checkpoint
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.checkpointing import save_network, whole_state
from v2meow_pipeline.networks.objective import Examples, Objective
from v2meow_pipeline.training.callbacks import (
    BEST_NAME,
    RESUME_NAME,
    Curves,
    ProgressDisplay,
    ResumePoint,
    TrainingHistory,
    resumable,
)
from v2meow_pipeline.training.config import FitConfig
from v2meow_pipeline.training.display import Display, Terminal
from v2meow_pipeline.training.module import ExamplesModule, ObjectiveModule

CHECKPOINT_NAME = "checkpoint"


class TrainingJob(NamedTuple):
    """What is trained, and what its checkpoint says of it.

    Attributes:
        label: what progress is shown under.
        objective: the network, with its initial weights, and its losses.
        examples: the batches.
        config: how it is trained.
        fingerprint: of everything that decides what comes out.
        kind: of the checkpoint.
        settings: all that it takes to build the network again.
        clock: what the weights are bound to; None for nothing.
        about: further JSON values for the checkpoint.
    """

    label: str
    objective: Objective
    examples: Examples
    config: FitConfig
    fingerprint: str
    kind: str
    settings: Config
    clock: Clock | None
    about: Mapping[str, Any]


def _nothing() -> None:
    """What is done after a resume point where nobody asked for anything."""


class Runtime(NamedTuple):
    """What a launcher brings.

    Attributes:
        loggers: Lightning's.
        strategy: of Lightning; "auto" trains on one device in this process.
        callbacks: further ones of Lightning.
        plugins: Lightning's.
        accelerator: "cpu", "gpu", or "auto".
        display: makes what progress is shown on.
        saved: called on every rank when a resume point was written to the workspace.
    """

    loggers: Sequence[Logger] = ()
    strategy: str | Strategy = "auto"
    callbacks: Sequence[Callback] = ()
    plugins: Sequence[Any] = ()
    accelerator: str = "auto"
    display: Callable[[], Display] = Terminal
    saved: Callable[[], None] = _nothing


LOCAL_RUNTIME = Runtime()


class FitResult(NamedTuple):
    """A handle: `path` of the checkpoint, its `fingerprint`, `metrics` of its weights, `curves` (step, value)."""

    path: Path
    fingerprint: str
    metrics: dict[str, float]
    curves: Curves


def train(job: TrainingJob, workspace: Path, runtime: Runtime = LOCAL_RUNTIME) -> FitResult:
    """Trains, and writes the checkpoint of the best weights.

    Args:
        job: what is trained.
        workspace: of this work alone, and of this rank; a run that was killed is resumed from it, exactly.
        runtime: what the launcher brings.

    Returns:
        Where the checkpoint lies (in the workspace of the first rank), and how good it is.

    Raises:
        ConfigError: when a batch cannot be divided evenly among the devices, or adversaries at all.
    """
    module = ObjectiveModule(job.objective, job.config)
    if isinstance(runtime.strategy, ModelParallelStrategy) and not module.automatic_optimization:
        raise ConfigError(f"{job.label} has adversaries, which cannot be divided (FSDP).", "Use ray.strategy=ddp.")

    def save(folder: Path, writes: bool) -> None:
        if writes:
            save_network(folder, job.kind, job.objective.network, job.settings, job.fingerprint, job.clock)
        else:
            whole_state(job.objective.network)  # takes part where the weights are divided

    history = TrainingHistory(workspace, job.config, save)
    own = [
        history,
        ResumePoint(workspace, job.fingerprint, job.config, runtime.saved),
        ProgressDisplay(job.label, job.config.max_steps, runtime.display()),
    ]
    examples = ExamplesModule(job.examples, job.config, together=not module.automatic_optimization)
    with quiet_lightning():
        trainer = _trainer(job.config, workspace, runtime, own, module.automatic_optimization)
        _check_shares(job.config, trainer.world_size)
        trainer.fit(module, examples, ckpt_path=resumable(workspace, job.fingerprint), weights_only=True)
        if history.validated_at != trainer.global_step:
            trainer.validate(module, examples, verbose=False)
    if trainer.is_global_zero:
        _finish(job, workspace, history)
    trainer.strategy.barrier("checkpoint")
    return FitResult(workspace / CHECKPOINT_NAME, job.fingerprint, history.best, history.curves)


def _check_shares(config: FitConfig, ranks: int) -> None:
    """Unequal shares would count some examples for more than others."""
    parts = ranks * config.accumulate
    if config.batch_size % parts:
        raise ConfigError(
            f"A batch of {config.batch_size} examples cannot be divided into {parts} equal parts.",
            "Choose batch_size as a multiple of workers x accumulate.",
        )


def result_of(folder: Path) -> FitResult:
    """The result that a finished checkpoint stands for."""
    config = read_config(folder)
    curves = {name: [(int(step), float(value)) for step, value in curve] for name, curve in config["curves"].items()}
    return FitResult(folder, config["fingerprint"], config["metrics"], curves)


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Within the block Lightning says nothing of devices, tips and data loader workers; errors still surface."""
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
    parts = config.accumulate if automatic else 1  # else the module takes them
    return Trainer(
        accelerator=runtime.accelerator,
        # One device unless the launcher started a process for each: Lightning would re-run the command line.
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
        gradient_clip_val=config.clip_norm if automatic else None,  # else the module does it
        log_every_n_steps=config.log_every,
        default_root_dir=workspace,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
        use_distributed_sampler=False,
    )


def _finish(job: TrainingJob, workspace: Path, history: TrainingHistory) -> None:
    """Turns the best weights into the checkpoint; what only a resumed run needs goes."""
    best = load_checkpoint(workspace / BEST_NAME)
    figures = {"fit": job.config.model_dump(mode="json"), "metrics": history.best, "curves": history.curves}
    keep_previous(workspace / CHECKPOINT_NAME)
    save_checkpoint(workspace / CHECKPOINT_NAME, {**job.about, **figures, **best.config}, best.weights)
    shutil.rmtree(workspace / BEST_NAME)
    (workspace / RESUME_NAME).unlink(missing_ok=True)
