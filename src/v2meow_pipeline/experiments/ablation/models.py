"""Training of an ablation's models: stages common to several rows are trained once, and training is resumable."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.checkpoint import CONFIG_NAME
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.executors.executor import Executor
from v2meow_pipeline.executors.train import train
from v2meow_pipeline.experiments.ablation.config import AblationConfig, AblationRow
from v2meow_pipeline.jobs.stage_inputs import StageInputs
from v2meow_pipeline.jobs.stage_job import build_stage_job
from v2meow_pipeline.model_store import CHECKPOINT, ModelStore
from v2meow_pipeline.models.stages import ALTERNATIVE_STAGES, PATHS, STAGE_NAMES, StageSpec
from v2meow_pipeline.training.result import FitResult

TRAINED, MODELS = "trained", "models"
STAGES = (*STAGE_NAMES, *ALTERNATIVE_STAGES)


class AblationContext(NamedTuple):
    """Settings shared by all rows.

    Attributes:
        stages: parameters of each stage, with keys `model` and `train`.
        inputs: data of the stages; the visual variant is replaced by that of the row.
        models: tokenizers and encoders that all stages use.
        folder: folder of the ablation.
        executor: executor of the run.
    """

    stages: Mapping[str, Mapping[str, Any]]
    inputs: StageInputs
    models: ModelStore
    folder: Path
    executor: Executor


def train_row(row: AblationRow, config: AblationConfig, context: AblationContext) -> tuple[Path, dict[str, FitResult]]:
    """Trains the stages of a row, reusing stages that are trained already.

    Args:
        row: model variant.
        config: ablation configuration; sets the training overrides.
        context: settings shared by all rows.

    Returns:
        Folder of the row's models, tokenizers included, and the training result of each stage.
    """
    results = {spec.name: _train(spec, row, config, context) for spec in PATHS[row.path]}
    fingerprints = {name: result.fingerprint for name, result in results.items()}
    target = context.folder / MODELS / fingerprint(fingerprints, str(context.models.root))
    if not target.exists():
        with atomic_path(target) as temporary:
            _assemble(temporary, context.models.root, results)
    return target, results


def _train(spec: StageSpec, row: AblationRow, config: AblationConfig, context: AblationContext) -> FitResult:
    values = context.stages[spec.name]
    train_values = {**values["train"], **config.train.get(spec.name, {})}
    inputs = context.inputs.with_variant(row.seen_by(spec))
    job = build_stage_job(inputs, context.models, values["model"], train_values)
    return train(job, context.folder / TRAINED / f"{spec.name}-{job.fingerprint}", context.executor)


def _assemble(target: Path, shared: Path, results: Mapping[str, FitResult]) -> None:
    """Creates a folder for `Bundle.load`: tokenizers and encoders of the project, and the stages of a row."""
    target.mkdir(parents=True)
    for part in sorted(shared.iterdir()):
        if (
            any((part / subfolder / CONFIG_NAME).is_file() for subfolder in ("", CHECKPOINT))
            and part.name not in STAGES
        ):
            shutil.copytree(part, target / part.name)
    for name, result in results.items():
        shutil.copytree(result.path, ModelStore(target).stage(name))


def slug(name: str) -> str:
    """Converts a row's name to a folder name."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
