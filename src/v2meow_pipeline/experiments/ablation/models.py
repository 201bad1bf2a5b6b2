"""The models of an ablation: stages that rows have in common are trained once, and all of them can be resumed."""

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.checkpoint import CONFIG_NAME
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.corpus.variants import VisualConfig
from v2meow_pipeline.executors.select import Backend
from v2meow_pipeline.experiments.ablation.config import AblationConfig, AblationRow
from v2meow_pipeline.jobs.stage_job import build_job, train_stage
from v2meow_pipeline.models.stages import ALTERNATIVE_STAGES, PATHS, STAGE_NAMES, StageSpec
from v2meow_pipeline.training.fit import FitData, FitJob
from v2meow_pipeline.training.trainer import CHECKPOINT_NAME, FitResult

TRAINED, MODELS = "trained", "models"
STAGES = (*STAGE_NAMES, *ALTERNATIVE_STAGES)
# Called with the values of a stage's model and training, and with what it sees of the video.
Build = Callable[[dict[str, Any], dict[str, Any], str], tuple[FitJob, FitData]]


class AblationContext(NamedTuple):
    """What all rows have in common.

    Attributes:
        stages: for each stage its parameters, `model` and `train`.
        build: makes a stage's training of them.
        shared: folder of the tokenizers that all stages were trained with.
        folder: of the ablation.
        backend: where stages are trained.
    """

    stages: Mapping[str, Mapping[str, Any]]
    build: Build
    shared: Path
    folder: Path
    backend: Backend


def builder(
    manifest: pd.DataFrame,
    readers: Mapping[str, ShardReader],
    made_with: Mapping[str, Path],
    visual: dict[str, Any],
    clock: Clock,
) -> Build:
    """What makes the trainings of any row.

    Args:
        manifest: of the corpus.
        readers: as for `launch.stages.build_job`.
        made_with: as for `launch.stages.build_job`.
        visual: values of `VisualConfig`; the row decides about its variant.
        clock: the rates.

    Returns:
        A function of the values of a stage's model and training, and of the variant that it sees.
    """

    def build(model: dict[str, Any], train: dict[str, Any], variant: str) -> tuple[FitJob, FitData]:
        seen = VisualConfig.parse({**visual, "variant": variant})
        return build_job(manifest, readers, made_with, model, train, seen, clock)

    return build


def train_row(row: AblationRow, config: AblationConfig, context: AblationContext) -> tuple[Path, dict[str, FitResult]]:
    """Trains the stages of a row, or takes those that are there.

    Args:
        row: which model.
        config: what is spent.
        context: what all rows have in common.

    Returns:
        The folder of its models, tokenizers included, and each stage's result.
    """
    results = {spec.name: _train(spec, row, config, context) for spec in PATHS[row.path]}
    made_of = {name: result.fingerprint for name, result in results.items()}
    target = context.folder / MODELS / fingerprint(made_of, str(context.shared))
    if not target.exists():
        with atomic_path(target) as temporary:
            _assemble(temporary, context.shared, results)
    return target, results


def _train(spec: StageSpec, row: AblationRow, config: AblationConfig, context: AblationContext) -> FitResult:
    values = context.stages[spec.name]
    train = {**values["train"], **config.train.get(spec.name, {})}
    job, data = context.build(dict(values["model"]), train, row.seen_by(spec))
    return train_stage(job, data, context.folder / TRAINED / f"{spec.name}-{job.fingerprint()}", context.backend)


def _assemble(target: Path, shared: Path, results: Mapping[str, FitResult]) -> None:
    """A folder as `Bundle.load` wants it: tokenizers and encoders of the last training, and these stages."""
    target.mkdir(parents=True)
    for part in sorted(shared.iterdir()):
        if any((part / where / CONFIG_NAME).is_file() for where in ("", CHECKPOINT_NAME)) and part.name not in STAGES:
            shutil.copytree(part, target / part.name)
    for name, result in results.items():
        shutil.copytree(result.path, target / name / CHECKPOINT_NAME)


def slug(name: str) -> str:
    """A row's name as a folder is called."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
