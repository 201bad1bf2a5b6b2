"""Nodes of the features pipeline."""

from pathlib import Path
from typing import Any

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.model_store import ModelStore


def extract_visual(
    manifest: pd.DataFrame,
    visual: dict[str, Any],
    workers: int,
    clock: dict[str, Any],
    backend: str,
    ray: dict[str, Any],
    models: Path,
    folder: Path,
) -> Path:
    """Extracts visual features to shards."""
    from v2meow_pipeline.corpus.features import extract_visual_features
    from v2meow_pipeline.corpus.variants import VisualConfig
    from v2meow_pipeline.executors.map import map_executor

    names, executor = VisualConfig.parse(visual).extracted, map_executor(workers, backend, ray)
    return extract_visual_features(manifest, names, Clock.parse(clock), folder, executor, models=models)


def extract_trunk(
    manifest: pd.DataFrame,
    clip_audio: ShardReader,
    workers: int,
    clock: dict[str, Any],
    backend: str,
    ray: dict[str, Any],
    folder: Path,
) -> Path:
    """Extracts features of the frozen music network (trunk) to shards."""
    from v2meow_pipeline.corpus.music_text_embeddings import extract_music_trunk
    from v2meow_pipeline.executors.map import map_executor

    return extract_music_trunk(manifest, clip_audio, Clock.parse(clock), folder, map_executor(workers, backend, ray))


def fit_music_text_head(
    manifest: pd.DataFrame,
    music_trunk: ShardReader,
    params: dict[str, Any],
    from_scratch: bool,
    models: Path,
    folder: Path,
) -> Path:
    """Provides the music-text embedding checkpoint: fitted, trained here, pretrained, or from the release."""
    from v2meow_pipeline.corpus.component_selection import place_music_text
    from v2meow_pipeline.encoders.contrastive import MusicTextConfig
    from v2meow_pipeline.release import place_tokenizer
    from v2meow_pipeline.training.fitting import fit_music_text

    if not from_scratch:
        return place_tokenizer(folder)
    if params["space"] != "head":
        return place_music_text(params["space"], ModelStore(models), folder)
    return fit_music_text(manifest, music_trunk, MusicTextConfig.parse(params["head"]), params["seed"], folder)


def fit_predictor(
    manifest: pd.DataFrame,
    visual_features: ShardReader,
    music_text: ShardReader,
    head: Path,
    params: dict[str, Any],
    visual: dict[str, Any],
    folder: Path,
) -> Path:
    """Fits the regression from visual features to music-text embeddings, and returns its checkpoint."""
    from v2meow_pipeline.corpus.variants import VisualConfig
    from v2meow_pipeline.encoders.music_text_predictor import PredictorConfig
    from v2meow_pipeline.training.music_text_prediction import fit_music_text_predictor

    names, config = VisualConfig.parse(visual).seen, PredictorConfig.parse(params)
    return fit_music_text_predictor(manifest, visual_features, music_text, tuple(names), config, head, folder)


def fit_judge(manifest: pd.DataFrame, music_trunk: ShardReader, params: dict[str, Any], folder: Path) -> Path:
    """Fits a music-text embedding for evaluation, on clips that no other model is trained on."""
    from v2meow_pipeline.encoders.contrastive import MusicTextConfig
    from v2meow_pipeline.training.fitting import fit_music_text

    return fit_music_text(manifest, music_trunk, MusicTextConfig.parse(params["head"]), params["seed"], folder, "judge")


def embed_music_text(
    manifest: pd.DataFrame,
    music_trunk: ShardReader,
    clip_audio: ShardReader,
    head: Path,
    clock: dict[str, Any],
    workers: int,
    backend: str,
    ray: dict[str, Any],
    folder: Path,
) -> Path:
    """Computes music-text embeddings of the clips to shards."""
    from v2meow_pipeline.corpus.music_text_embeddings import embed_music
    from v2meow_pipeline.executors.map import map_executor

    executor = map_executor(workers, backend, ray)
    return embed_music(manifest, music_trunk, head, folder, clip_audio, Clock.parse(clock), executor)
