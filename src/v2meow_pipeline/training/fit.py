"""`fit`: trains one stage, resumes where it was killed, and skips what is done.

It runs in whatever process calls it and starts no other: loggers, strategy and plugins are built by the caller
(launch/), so that the same function serves a laptop and a cluster.
"""

import logging
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import torch
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.loggers import Logger
from lightning.pytorch.strategies import Strategy
from pydantic import Field

from v2meow_pipeline.checkpoint import is_current, read_config
from v2meow_pipeline.config import Config
from v2meow_pipeline.models.checkpointing import load_stage, save_stage
from v2meow_pipeline.models.codebook_start import start_from_codebooks
from v2meow_pipeline.models.stage_model import StageModel, StageModelConfig
from v2meow_pipeline.models.stages import TokenStream
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.training.callbacks import (
    BEST_NAME,
    RESUME_NAME,
    Curves,
    ProgressDisplay,
    Record,
    ResumePoint,
    resumable,
)
from v2meow_pipeline.training.data import Reader, StageClips
from v2meow_pipeline.training.module import FitConfig, StageExamples, StageModule

CHECKPOINT_NAME = "checkpoint"


class FitJob(Config):
    """All that decides what a training run ends with; its fingerprint is the checkpoint's.

    Attributes:
        model: the stage model.
        fit: how it is trained.
        trained_on: fingerprint of the tokens, features and splits.
        made_with: fingerprints of the tokenizers and encoders, by name of their checkpoint: what the weights go with.
        described: the training clips in words.
        licence: of the training clips, in words.
        revision: of the training code; another one makes finished stages stale.
    """

    model: StageModelConfig
    fit: FitConfig = Field(default_factory=FitConfig)
    trained_on: str
    made_with: dict[str, str] = Field(default_factory=dict)
    described: str = "unknown"
    licence: str = "unknown"
    revision: str = "stage-1"


class FitData(NamedTuple):
    """`readers` by stream ("semantic", "acoustic", "music_text", each visual feature), the clips of each split, and the
    vectors [level, vocab, code] that tokens stand for, by token stream, where they are known."""

    readers: Mapping[str, Reader]
    train: Sequence[str]
    val: Sequence[str]
    codebooks: Mapping[TokenStream, np.ndarray] = MappingProxyType({})


class FitResult(NamedTuple):
    """A handle: `path` of the checkpoint, its `fingerprint`, `metrics` of its weights, `curves` (step, value)."""

    path: Path
    fingerprint: str
    metrics: dict[str, float]
    curves: Curves


def fit(
    job: FitJob,
    data: FitData,
    workspace: Path,
    loggers: Sequence[Logger] = (),
    strategy: str | Strategy = "auto",
    callbacks: Sequence[Callback] = (),
    plugins: Sequence[Any] = (),
) -> FitResult:
    """Trains a stage and keeps the weights with the lowest validation loss.

    Args:
        job: model and training.
        data: shards and splits.
        workspace: of this job alone; a run that was killed is resumed from it, exactly. Absolute under Ray.
        loggers: Lightning loggers.
        strategy: "auto" trains on one device in this process; anything else comes from the launcher.
        callbacks: further Lightning callbacks.
        plugins: Lightning plugins, such as Ray's environment.

    Returns:
        Where the checkpoint lies and how good it is.
    """
    target, fingerprint = workspace / CHECKPOINT_NAME, job.fingerprint()
    if is_current(target, fingerprint):
        return _result(target)
    workspace.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(derive_seed(job.fit.seed, "initial weights"))
    module = StageModule(StageModel(job.model), job.fit)
    train = StageClips(module.model, data.readers, data.train)
    examples = StageExamples(train, StageClips(module.model, data.readers, data.val), job.fit)
    train.fit_adapters(module.model)
    if job.fit.codebook_start:
        start_from_codebooks(module.model, data.codebooks, train.token_counts(module.model.vocab), job.fit.seed)
    record = Record(workspace, fingerprint, job.fit)
    own = [
        record,
        ResumePoint(workspace, fingerprint, job.fit),
        ProgressDisplay(f"{job.model.stage} stage", job.fit.max_steps),
    ]
    with quiet_lightning():
        trainer = _trainer(job.fit, workspace, loggers, strategy, [*own, *callbacks], plugins)
        resume = resumable(workspace, fingerprint)
        trainer.fit(module, examples, ckpt_path=resume, weights_only=True)
        if record.validated_at != trainer.global_step:
            trainer.validate(module, examples, verbose=False)
    if trainer.is_global_zero:
        _finish(job, workspace, record)
    trainer.strategy.barrier("checkpoint")
    return _result(target)


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


def _trainer(
    config: FitConfig,
    workspace: Path,
    loggers: Sequence[Logger],
    strategy: str | Strategy,
    callbacks: list[Callback],
    plugins: Sequence[Any],
) -> Trainer:
    return Trainer(
        # One device unless the launcher started a process for each: Lightning would re-run the command line.
        devices=1 if strategy == "auto" else "auto",
        strategy=strategy,
        plugins=list(plugins) or None,
        precision=config.precision,
        logger=list(loggers) or False,
        callbacks=callbacks,
        max_steps=config.max_steps,
        max_epochs=-1,
        val_check_interval=min(config.val_every, config.max_steps),
        check_val_every_n_epoch=None,
        num_sanity_val_steps=0,
        gradient_clip_val=config.clip_norm,
        log_every_n_steps=config.log_every,
        default_root_dir=workspace,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
        use_distributed_sampler=False,
    )


def _finish(job: FitJob, workspace: Path, record: Record) -> None:
    """Turns the best weights into the checkpoint; what only a resumed run needs goes."""
    figures = {"metrics": record.best, "curves": record.curves}
    about = {"licence": job.licence, "trained_on": job.described, "made_with": job.made_with}
    extra = {**about, "fit": job.fit.model_dump(mode="json"), **figures}
    save_stage(workspace / CHECKPOINT_NAME, load_stage(workspace / BEST_NAME), job.fingerprint(), extra)
    shutil.rmtree(workspace / BEST_NAME)
    (workspace / RESUME_NAME).unlink(missing_ok=True)


def _result(folder: Path) -> FitResult:
    config = read_config(folder)
    curves = {name: [(int(step), float(value)) for step, value in curve] for name, curve in config["curves"].items()}
    return FitResult(folder, config["fingerprint"], config["metrics"], curves)
