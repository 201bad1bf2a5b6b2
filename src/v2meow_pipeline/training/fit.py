"""`fit`: trains one stage, resumes where it was killed, and skips what is done."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import torch
from pydantic import Field

from v2meow_pipeline.checkpoint import is_current
from v2meow_pipeline.config import Config
from v2meow_pipeline.models.checkpointing import KIND, load_stage
from v2meow_pipeline.models.stage_model import StageModel, StageModelConfig
from v2meow_pipeline.models.warm_start import start_from
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.training.config import FitConfig
from v2meow_pipeline.training.data import StageClips, StageExamples
from v2meow_pipeline.training.readers import Reader
from v2meow_pipeline.training.stage import StageObjective
from v2meow_pipeline.training.trainer import (
    CHECKPOINT_NAME,
    LOCAL_RUNTIME,
    FitResult,
    Runtime,
    TrainingJob,
    result_of,
    train,
)


class StageFitConfig(FitConfig):
    """How a stage is trained.

    Attributes:
        codebook_start: starts from the vectors that tokens stand for and from how often they occur
            (models/codebook_start.py); False starts from random numbers, as the paper does.
        warm_start: name of a trained stage beside this one whose weights are taken over as far as they fit
            (models/warm_start.py), such as "coarse_audio" for the coarse stage; "release" for the same stage of the
            installed release; None takes none.
    """

    codebook_start: bool = True
    warm_start: str | None = None


class FitJob(Config):
    """All that decides what a training run ends with; its fingerprint is the checkpoint's.

    Attributes:
        model: the stage model.
        fit: how it is trained.
        trained_on: fingerprint of the tokens, features and splits.
        made_with: fingerprints of the tokenizers and encoders, by name of their checkpoint: what the weights go with.
        started_from: fingerprint of the stage that it starts from; None for none.
        described: the training clips in words.
        licence: of the training clips, in words.
        revision: of the training code; another one makes finished stages stale.
    """

    model: StageModelConfig
    fit: StageFitConfig = Field(default_factory=StageFitConfig)
    trained_on: str
    made_with: dict[str, str] = Field(default_factory=dict)
    started_from: str | None = None
    described: str = "unknown"
    licence: str = "unknown"
    revision: str = "stage-3"


class FitData(NamedTuple):
    """`readers` by stream ("semantic", "acoustic", "music_text", each visual feature), the clips of each split, the
    vectors [level, vocab, code] that tokens stand for, by stream, where they are known, and the checkpoint of the
    stage to start from, if there is one."""

    readers: Mapping[str, Reader]
    train: Sequence[str]
    val: Sequence[str]
    codebooks: Mapping[str, np.ndarray] = MappingProxyType({})
    start: Path | None = None


def fit(job: FitJob, data: FitData, workspace: Path, runtime: Runtime = LOCAL_RUNTIME) -> FitResult:
    """Trains a stage and keeps the weights with the lowest validation loss.

    Args:
        job: model and training.
        data: shards and splits.
        workspace: of this job alone; a run that was killed is resumed from it, exactly. Absolute under Ray.
        runtime: what the launcher brings.

    Returns:
        Where the checkpoint lies and how good it is.
    """
    target, fingerprint = workspace / CHECKPOINT_NAME, job.fingerprint()
    if is_current(target, fingerprint):
        return result_of(target)
    torch.manual_seed(derive_seed(job.fit.seed, "initial weights"))
    model = StageModel(job.model)
    train_clips, val_clips = (StageClips(model, data.readers, clip_ids) for clip_ids in (data.train, data.val))
    examples = StageExamples(train_clips, val_clips, job.fit, job.trained_on)
    objective = StageObjective(model, data.codebooks if job.fit.codebook_start else None, job.fit.seed)
    objective.prepare(examples)
    if data.start is not None:
        start_from(model, load_stage(data.start, job.model.clock))
    about = {"licence": job.licence, "trained_on": job.described, "made_with": job.made_with}
    label, clock = f"{job.model.stage} stage", job.model.clock
    training_job = TrainingJob(label, objective, examples, job.fit, fingerprint, KIND, job.model, clock, about)
    return train(training_job, workspace, runtime)
