"""Nodes of the generate pipeline."""

from pathlib import Path
from typing import Any

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.shards import ShardReader


def choose_evaluation_clips(manifest: pd.DataFrame, params: dict[str, Any]) -> pd.DataFrame:
    """The clips that music is generated for: rows of the manifest."""
    from v2meow_pipeline.evaluation.evaluation_subset import ChooseConfig, choose_clips

    return choose_clips(manifest, ChooseConfig.parse(params))


def record_composer(composer: dict[str, Any]) -> dict[str, Any]:
    """The sampling that the models are evaluated with, beside the models: `v2meow generate` plays exactly that."""
    from v2meow_pipeline.composer import ComposerConfig

    return ComposerConfig.parse(composer).model_dump(mode="json")


def generate_music(
    clips: pd.DataFrame,
    features: ShardReader,
    acoustic_tokenizer: Path,
    params: dict[str, Any],
    folder: Path,
    **stages: Path,
) -> Path:
    """Shards of generated waveforms; the models are read from the folder that holds the codec and the stages."""
    from v2meow_pipeline.evaluation.generate import GenerateConfig, generate_clips

    (shared,) = {acoustic_tokenizer.parent, *(path.parent.parent for path in stages.values())}
    return generate_clips(clips, features, shared, GenerateConfig.parse(params), folder)


def soundtrack_examples(
    clips: pd.DataFrame, generated: ShardReader, params: dict[str, Any], clock: dict[str, Any], folder: Path
) -> Path:
    """Videos of a few clips with their generated music."""
    from v2meow_pipeline.evaluation.generate import GenerateConfig, write_examples

    config = GenerateConfig.parse(params)
    return write_examples(clips, generated, Clock.parse(clock), config.examples, folder)
