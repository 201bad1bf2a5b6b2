"""A study of seconds over the corpus of the training tests."""

from pathlib import Path
from typing import Any

from tests.support.model_makers import tiny_config
from tests.support.stage_corpus import corpus

from v2meow_pipeline.experiments.tuning.config import TuneConfig
from v2meow_pipeline.experiments.tuning.tune import Tuning
from v2meow_pipeline.training.job import TrainingJob
from v2meow_pipeline.training.stage_job import StageFitConfig, StageTraining, stage_job

SPACE = {
    "train.lr": {"type": "float", "low": 1e-4, "high": 3e-2, "log": True},
    "model.transformer.decoder_layers": {"type": "int", "low": 1, "high": 2},
}
PARAMS = {
    "model": {"stage": "semantic", "crop_s": 2.0, "transformer": tiny_config("semantic").transformer.model_dump()},
    "train": {"max_steps": 20, "batch_size": 4, "warmup_steps": 2, "val_every": 4, "checkpoint_every": 3},
}


def build(model: dict[str, Any], train: dict[str, Any]) -> TrainingJob:
    """The job of some parameters."""
    config = tiny_config(model["stage"], crop_s=model["crop_s"], transformer=model["transformer"])
    return stage_job(StageTraining(model=config, fit=StageFitConfig.parse(train), trained_on="test"), corpus())


def small(folder: Path, **changes: object) -> Tuning:
    """The study."""
    values = {"trials": 6, "startup_trials": 3, "median": {"startup_trials": 2}, "space": {"semantic": SPACE}}
    return Tuning("semantic", PARAMS, build, TuneConfig.parse({**values, **changes}), folder)
