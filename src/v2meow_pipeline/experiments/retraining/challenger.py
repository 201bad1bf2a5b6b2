"""A challenger: the champion's stages, trained on with the new data too."""

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
from v2meow_pipeline.experiments.retraining.data import ACOUSTIC, MUSIC_TEXT, SEMANTIC, Stores
from v2meow_pipeline.jobs.stage_job import FROM_DATA, build_job, train_stage
from v2meow_pipeline.models.stages import PATHS
from v2meow_pipeline.training.trainer import CHECKPOINT_NAME, FitResult

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
    """Trains every stage from the champion's weights on.

    Args:
        manifest: of all data.
        stores: their features and tokens.
        champion: folder of its models.
        path: the stages from video to codes, a key of `models.stages.PATHS`.
        train: for each stage values of `StageFitConfig`.
        visual: which visual features the stages see.
        clock: the rates.
        target: folder of the challenger's models; a killed run is resumed from it.
        backend: where the stages are trained.

    Returns:
        The stages' results; beside them lie the champion's tokenizers.
    """
    names = [spec.name for spec in PATHS[path]]
    copy_parts(champion, target, names)
    made_with = {name: champion / name for name in (SEMANTIC, ACOUSTIC, MUSIC_TEXT)}
    results = []
    for name in names:
        model = read_config(champion / name / CHECKPOINT_NAME)["model"]
        values = {**train[name], "warm_start": name}
        given = {key: value for key, value in model.items() if key not in FROM_DATA}
        job, data = build_job(manifest, stores.readers(), made_with, given, values, visual, clock)
        _require_same(name, model, job.model.model_dump(mode="json"))
        results.append(train_stage(job, data, target / name, backend))
    return results


def copy_parts(champion: Path, target: Path, stages: Sequence[str]) -> None:
    """Copies all that a bundle holds beside its stages.

    Args:
        champion: folder of its models.
        target: of the challenger's models.
        stages: names that are not copied.
    """
    target.mkdir(parents=True, exist_ok=True)
    for part in champion.iterdir():
        if part.is_dir() and part.name not in stages and not (target / part.name).exists():
            with atomic_path(target / part.name) as temporary:
                shutil.copytree(part, temporary)


def _require_same(name: str, champion: Mapping[str, Any], challenger: Mapping[str, Any]) -> None:
    """A challenger that sees other features than the champion has no weights to start from."""
    other = sorted(key for key in FROM_DATA if champion.get(key) != challenger.get(key))
    if other:
        raise ConfigError(
            f"The champion's {name} stage was trained with other {', '.join(other)} than the parameters ask for.",
            "Retrain with the champion's `visual` and `clock`, or train anew: kedro run --pipeline train.",
        )
