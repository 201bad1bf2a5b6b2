"""Training of a challenger: the champion's stages, fine-tuned on old and new data."""

import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.checkpoint import read_config
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.executors.executor import Executor
from v2meow_pipeline.executors.train import train
from v2meow_pipeline.jobs.stage_inputs import StageInputs
from v2meow_pipeline.jobs.stage_job import FROM_DATA, build_stage_job
from v2meow_pipeline.model_store import ModelStore
from v2meow_pipeline.models.stages import PATHS
from v2meow_pipeline.training.result import FitResult

log = logging.getLogger(__name__)


def train_challenger(
    inputs: StageInputs,
    champion: ModelStore,
    path: str,
    train_values: Mapping[str, Mapping[str, Any]],
    target: Path,
    executor: Executor,
) -> list[FitResult]:
    """Trains every stage, starting from the champion's weights.

    Args:
        inputs: features and tokens of old and new data.
        champion: the champion's models.
        path: stages from video to acoustic codes, a key of `models.stages.PATHS`.
        train_values: values of `StageFitConfig` for each stage.
        target: folder of the challenger's models, to which the champion's tokenizers are copied; an interrupted
            training in it is resumed.
        executor: executor of the run.

    Returns:
        Training results of the stages.
    """
    names = [spec.name for spec in PATHS[path]]
    copy_parts(champion.root, target, names)
    results = []
    for name in names:
        model = read_config(champion.stage(name))["model"]
        values = {**train_values[name], "warm_start": name}
        given = {key: value for key, value in model.items() if key not in FROM_DATA}
        job = build_stage_job(inputs, champion, given, values)
        _require_same(name, model, job.settings.model_dump(mode="json"))
        results.append(train(job, target / name, executor))
    return results


def copy_parts(champion: Path, target: Path, stages: Sequence[str]) -> None:
    """Copies the parts of a bundle other than its stages.

    Args:
        champion: folder of the champion's models.
        target: folder of the challenger's models.
        stages: names of the stages, which are not copied.
    """
    target.mkdir(parents=True, exist_ok=True)
    for part in champion.iterdir():
        if part.is_dir() and part.name not in stages and not (target / part.name).exists():
            with atomic_path(target / part.name) as temporary:
                shutil.copytree(part, temporary)


def _require_same(name: str, champion: Mapping[str, Any], challenger: Mapping[str, Any]) -> None:
    """Raises if the challenger has other features or another clock than the champion, whose weights it starts from."""
    different = sorted(key for key in FROM_DATA if champion.get(key) != challenger.get(key))
    if different:
        raise ConfigError(
            f"The champion's {name} stage was trained with other {', '.join(different)} than configured.",
            "Use the champion's `visual` and `clock`, or train from scratch: kedro run --pipeline train.",
        )
