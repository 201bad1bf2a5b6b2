"""Training of one stage (`fit`): resumes an interrupted run and skips a finished one."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import torch
from pydantic import Field

from v2meow_pipeline.checkpoint import is_current
from v2meow_pipeline.config import Config
from v2meow_pipeline.examples.readers import Reader
from v2meow_pipeline.examples.stage_examples import StageClips, StageExamples
from v2meow_pipeline.model_store import CHECKPOINT
from v2meow_pipeline.models.checkpointing import KIND, load_stage
from v2meow_pipeline.models.stage_model import StageModel, StageModelConfig
from v2meow_pipeline.models.warm_start import start_from
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.training.config import FitConfig
from v2meow_pipeline.training.stage import StageObjective
from v2meow_pipeline.training.trainer import (
    LOCAL_RUNTIME,
    FitResult,
    Runtime,
    TrainingJob,
    result_of,
    train,
)


class StageFitConfig(FitConfig):
    """Training settings of a stage.

    Attributes:
        codebook_start: whether to initialise embeddings and heads from codebook vectors and token frequencies
            (models/codebook_start.py); False initialises them randomly, as in the paper.
        warm_start: stage to copy matching weights from (models/warm_start.py): the name of another trained stage, such
            as "coarse_audio" for the coarse stage, or "release" for the same stage of the installed release; None for
            no warm start.
    """

    codebook_start: bool = True
    warm_start: str | None = None


class FitJob(Config):
    """Specification of a stage's training run; its fingerprint identifies the checkpoint.

    Attributes:
        model: configuration of the stage model.
        fit: training settings.
        trained_on: fingerprint of the tokens, features and splits.
        made_with: fingerprints of the tokenizers and encoders that the stage depends on, by checkpoint name.
        started_from: fingerprint of the stage used for the warm start; None without one.
        described: description of the training clips.
        licence: licence of the training clips.
        revision: revision of the training code; changing it makes finished stages stale.
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
    """Training data of a stage.

    Attributes:
        readers: readers by name: "semantic", "acoustic", "music_text" and each visual feature.
        train: IDs of the training clips.
        val: IDs of the validation clips.
        codebooks: codebook vectors [level, vocab, code] by stream, for the streams where they are known.
        start: checkpoint of the stage for the warm start; None without one.
    """

    readers: Mapping[str, Reader]
    train: Sequence[str]
    val: Sequence[str]
    codebooks: Mapping[str, np.ndarray] = MappingProxyType({})
    start: Path | None = None


def fit(job: FitJob, data: FitData, workspace: Path, runtime: Runtime = LOCAL_RUNTIME) -> FitResult:
    """Trains a stage and saves the weights selected by `job.fit.keep`.

    Args:
        job: specification of the run.
        data: readers, splits and initial values.
        workspace: directory used by this job only, absolute under Ray; an interrupted run resumes from it exactly.
        runtime: Lightning objects supplied by the launcher.

    Returns:
        Path, metrics and curves of the checkpoint.
    """
    target, fingerprint = workspace / CHECKPOINT, job.fingerprint()
    if is_current(target, fingerprint):
        return result_of(target)
    torch.manual_seed(derive_seed(job.fit.seed, "initial weights"))
    model = StageModel(job.model)
    train_clips, val_clips = (StageClips(model, data.readers, clip_ids) for clip_ids in (data.train, data.val))
    examples = StageExamples(
        train_clips, val_clips, job.trained_on, job.fit.batch_size, job.fit.seed, job.fit.val_clips
    )
    objective = StageObjective(model, data.codebooks if job.fit.codebook_start else None, job.fit.seed)
    objective.prepare(examples)
    if data.start is not None:
        start_from(model, load_stage(data.start, job.model.clock))
    about = {"licence": job.licence, "trained_on": job.described, "made_with": job.made_with}
    label, clock = f"{job.model.stage} stage", job.model.clock
    training_job = TrainingJob(label, objective, examples, job.fit, fingerprint, KIND, job.model, clock, about)
    return train(training_job, workspace, runtime)
