"""Nodes of the features pipeline."""

from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.executors.executor import Executor
from v2meow_pipeline.model_store import ModelStore


class PredictorData(NamedTuple):
    """Data of the music-text predictor: manifest, visual features, music-text embeddings, and names of features."""

    manifest: pd.DataFrame
    visual_features: ShardReader
    music_text: ShardReader
    names: tuple[str, ...]


def extract_visual(
    manifest: pd.DataFrame,
    visual: dict[str, Any],
    clock: dict[str, Any],
    networks: ModelStore,
    executor: Executor,
    folder: Path,
) -> Path:
    """Extracts visual features to shards."""
    from v2meow_pipeline.corpus.features import extract_visual_features
    from v2meow_pipeline.corpus.variants import VisualConfig

    names, rates = VisualConfig.parse(visual).extracted, Clock.parse(clock)
    return extract_visual_features(manifest, names, rates, folder, executor.map("features"), models=networks.root)


def extract_trunk(
    manifest: pd.DataFrame, clip_audio: ShardReader, clock: dict[str, Any], executor: Executor, folder: Path
) -> Path:
    """Extracts features of the frozen music network (trunk) to shards."""
    from v2meow_pipeline.corpus.music_text_embeddings import extract_music_trunk

    return extract_music_trunk(manifest, clip_audio, Clock.parse(clock), folder, executor.map("features"))


def fit_music_text_head(
    manifest: pd.DataFrame,
    music_trunk: ShardReader,
    params: dict[str, Any],
    from_scratch: bool,
    mulan: Path,
    folder: Path,
) -> Path:
    """Provides the music-text embedding checkpoint: fitted, trained here, pretrained, or from the release."""
    from v2meow_pipeline.corpus.component_selection import place_music_text
    from v2meow_pipeline.encoders.music_text_towers import MusicTextConfig
    from v2meow_pipeline.release import place_tokenizer
    from v2meow_pipeline.training.fitting import fit_music_text

    if not from_scratch:
        return place_tokenizer(folder)
    if params["space"] != "head":
        return place_music_text(params["space"], mulan, folder)
    return fit_music_text(manifest, music_trunk, MusicTextConfig.parse(params["head"]), params["seed"], folder)


def collect_predictor_data(
    manifest: pd.DataFrame, visual_features: ShardReader, music_text: ShardReader, visual: dict[str, Any]
) -> PredictorData:
    """Collects the data of the music-text predictor."""
    from v2meow_pipeline.corpus.variants import VisualConfig

    return PredictorData(manifest, visual_features, music_text, tuple(VisualConfig.parse(visual).seen))


def fit_predictor(data: PredictorData, head: Path, params: dict[str, Any], folder: Path) -> Path:
    """Fits the regression from visual features to music-text embeddings, and returns its checkpoint."""
    from v2meow_pipeline.encoders.music_text_predictor import PredictorConfig
    from v2meow_pipeline.training.music_text_prediction import fit_music_text_predictor

    return fit_music_text_predictor(*data, PredictorConfig.parse(params), head, folder)


def fit_judge(manifest: pd.DataFrame, music_trunk: ShardReader, params: dict[str, Any], folder: Path) -> Path:
    """Fits a music-text embedding for evaluation, on clips that no other model is trained on."""
    from v2meow_pipeline.encoders.music_text_towers import MusicTextConfig
    from v2meow_pipeline.training.fitting import fit_music_text

    return fit_music_text(manifest, music_trunk, MusicTextConfig.parse(params["head"]), params["seed"], folder, "judge")


def embed_clips(
    music_trunk: ShardReader,
    clip_audio: ShardReader,
    head: Path,
    clock: dict[str, Any],
    executor: Executor,
    folder: Path,
) -> ShardReader:
    """Computes the features of single clips that their music-text embeddings are averaged from."""
    from v2meow_pipeline.corpus.music_text_embeddings import clip_vectors

    return clip_vectors(music_trunk, clip_audio, head, Clock.parse(clock), executor.map("features"), folder)


def embed_music_text(manifest: pd.DataFrame, clip_vectors: ShardReader, head: Path, folder: Path) -> Path:
    """Computes music-text embeddings of the clips to shards."""
    from v2meow_pipeline.corpus.music_text_embeddings import average_vectors

    return average_vectors(manifest, clip_vectors, head, folder)
