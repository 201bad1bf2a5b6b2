"""Nodes of the generate pipeline."""

from pathlib import Path
from typing import Any

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.model_store import ModelStore


def choose_evaluation_clips(manifest: pd.DataFrame, params: dict[str, Any]) -> pd.DataFrame:
    """Selects the clips for which music is generated: rows of the manifest."""
    from v2meow_pipeline.evaluation.evaluation_subset import ChooseConfig, choose_clips

    return choose_clips(manifest, ChooseConfig.parse(params))


def record_composer(composer: dict[str, Any]) -> dict[str, Any]:
    """Validates the sampling configuration, saved beside the models so that `v2meow generate` uses the same one."""
    from v2meow_pipeline.composer import ComposerConfig

    return ComposerConfig.parse(composer).model_dump(mode="json")


def generate_music(
    clips: pd.DataFrame,
    features: ShardReader,
    models: ModelStore,
    params: dict[str, Any],
    folder: Path,
) -> Path:
    """Generates shards of waveforms."""
    from v2meow_pipeline.evaluation.generate import GenerateConfig, generate_clips

    return generate_clips(clips, features, models.root, GenerateConfig.parse(params), folder)


def soundtrack_examples(
    clips: pd.DataFrame, generated: ShardReader, params: dict[str, Any], clock: dict[str, Any], folder: Path
) -> Path:
    """Writes example videos of a few clips with generated music."""
    from v2meow_pipeline.evaluation.generate import GenerateConfig, write_examples

    config = GenerateConfig.parse(params)
    return write_examples(clips, generated, Clock.parse(clock), config.examples, folder)
