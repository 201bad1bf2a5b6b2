"""Training of a challenger: the champion's stages, fine-tuned on old and new data."""

import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.checkpoint import read_config
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.variants import VisualConfig
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.executors.select import Backend
from v2meow_pipeline.experiments.retraining.data import Stores
from v2meow_pipeline.jobs.stage_job import FROM_DATA, build_job, train_stage
from v2meow_pipeline.model_store import CODEC, MUSIC_TEXT, SEMANTIC_TOKENIZER, ModelStore
from v2meow_pipeline.models.stages import PATHS
from v2meow_pipeline.training.trainer import FitResult

log = logging.getLogger(__name__)


def train_challenger(
    manifest: pd.DataFrame,
    stores: Stores,
    champion: Path,
    path: str,
    train: Mapping[str, Mapping[str, Any]],
    visual: VisualConfig,
    clock: Clock,
    target: Path,
    backend: Backend,
) -> list[FitResult]:
    """Trains every stage, starting from the champion's weights.

    Args:
        manifest: clip manifest of old and new data.
        stores: features and tokens of all clips.
        champion: folder of the champion's models.
        path: stages from video to acoustic codes, a key of `models.stages.PATHS`.
        train: values of `StageFitConfig` for each stage.
        visual: visual features of the stages.
        clock: rates of all streams.
        target: folder of the challenger's models, to which the champion's tokenizers are copied; an interrupted
            training in it is resumed.
        backend: training backend.

    Returns:
        Training results of the stages.
    """
    names = [spec.name for spec in PATHS[path]]
    copy_parts(champion, target, names)
    models = ModelStore(champion)
    made_with = {name: models.part(name) for name in (SEMANTIC_TOKENIZER, CODEC, MUSIC_TEXT)}
    results = []
    for name in names:
        model = read_config(models.stage(name))["model"]
        values = {**train[name], "warm_start": name}
        given = {key: value for key, value in model.items() if key not in FROM_DATA}
        job, data = build_job(manifest, stores.readers(), made_with, given, values, visual, clock)
        _require_same(name, model, job.model.model_dump(mode="json"))
        results.append(train_stage(job, data, target / name, backend))
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
