"""Training job of a stage (`stage_job`)."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import torch
from pydantic import Field

from v2meow_pipeline.config import Config
from v2meow_pipeline.examples.readers import Reader
from v2meow_pipeline.examples.stage_examples import StageClips, StageExamples
from v2meow_pipeline.models.checkpointing import KIND, load_stage
from v2meow_pipeline.models.stage_model import StageModel, StageModelConfig
from v2meow_pipeline.models.warm_start import start_from
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.training.config import FitConfig
from v2meow_pipeline.training.job import Task, TrainingJob
from v2meow_pipeline.training.stage import StageObjective


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


class StageTraining(Config):
    """Specification of a stage's training; its fingerprint identifies the checkpoint.

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


class StageData(NamedTuple):
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


def stage_job(spec: StageTraining, data: StageData) -> TrainingJob:
    """Training job of a stage.

    Args:
        spec: specification of the training.
        data: readers, splits and initial values.

    Returns:
        Training job; nothing is read yet.
    """
    return TrainingJob(
        name=spec.model.stage,
        label=f"{spec.model.stage} stage",
        spec=spec,
        config=spec.fit,
        build=partial(_build, spec, data),
        kind=KIND,
        settings=spec.model,
        clock=spec.model.clock,
        about={"licence": spec.licence, "trained_on": spec.described, "made_with": spec.made_with},
    )


def _build(spec: StageTraining, data: StageData) -> Task:
    torch.manual_seed(derive_seed(spec.fit.seed, "initial weights"))
    model = StageModel(spec.model)
    train_clips, val_clips = (StageClips(model, data.readers, clip_ids) for clip_ids in (data.train, data.val))
    sizes = (spec.fit.batch_size, spec.fit.seed, spec.fit.val_clips)
    examples = StageExamples(train_clips, val_clips, spec.trained_on, *sizes)
    objective = StageObjective(model, data.codebooks if spec.fit.codebook_start else None, spec.fit.seed)
    objective.prepare(examples)
    if data.start is not None:
        start_from(model, load_stage(data.start, spec.model.clock))
    return Task(objective, examples)
