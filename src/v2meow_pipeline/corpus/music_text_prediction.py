"""Fits the music-text predictor on the training clips, and measures it on the validation clips."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from v2meow_pipeline.checkpoint import cached_fit, fingerprint_of
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.fitting import clips_of, describe, licences
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.encoders.music_text_predictor import MusicTextPredictor, PredictorConfig, pool
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.models.stages import EVENTS, MUSIC_TEXT

REVISION = "music_text_predictor-1"
CONTINUOUS_AXES = 2  # [t, width]


class PredictionReport(NamedTuple):
    """How well the embeddings of validation clips are predicted.

    Attributes:
        n_clips: validation clips with pictures and sound.
        cosine: mean cosine similarity of the predicted and the true embedding.
        cosine_shuffled: the same with the true embedding of another clip, which is what chance gives.
    """

    n_clips: int
    cosine: float
    cosine_shuffled: float


def fit_music_text_predictor(
    manifest: pd.DataFrame,
    visual_features: ShardReader,
    music_text: ShardReader,
    names: tuple[str, ...],
    config: PredictorConfig,
    head: Path,
    folder: Path,
) -> Path:
    """The predictor's checkpoint, fitted unless it is current.

    Args:
        manifest: of the corpus; its splits "train" and "val" are used.
        visual_features: of the clips that have pictures.
        music_text: music-text embedding of each clip.
        names: visual features that the stages see; discrete ones and event curves have no part in the prediction.
        config: of the regression.
        head: checkpoint of the joint space that the embeddings come from.
        folder: of the checkpoint; its config holds a `PredictionReport` under `report`.

    Returns:
        The same folder.

    Raises:
        ConfigError: when no visual feature is continuous.
    """
    widths = {name: visual_features.layout[name][1][-1] for name in names if _is_continuous(visual_features, name)}
    if not widths:
        raise ConfigError(
            f"None of the visual features {', '.join(names) or '(none)'} is continuous, so none predicts an embedding.",
            "Choose another visual.variant, or set generate.composer.predict_music_text to false.",
        )
    known = manifest[manifest["clip_id"].isin(set(visual_features.clip_ids) & set(music_text.clip_ids))]
    train, val = clips_of(known, "train"), clips_of(known, "val")
    sources = [visual_features.fingerprint, music_text.fingerprint]
    made_by = fingerprint(REVISION, sources, sorted(widths), train, config.fingerprint())

    def fit() -> None:
        predictor = MusicTextPredictor.fit(
            widths, _pooled(visual_features, train, widths), music_text.stack(MUSIC_TEXT, train), config
        )
        about = {
            "made_with": {MUSIC_TEXT: fingerprint_of(head)},
            "trained_on": describe(manifest, train),
            "licence": licences(manifest, train),
            "report": _report(predictor, visual_features, music_text, val)._asdict(),
        }
        predictor.save(folder, made_by, about)

    return cached_fit(folder, made_by, fit)


def _is_continuous(store: ShardReader, name: str) -> bool:
    dtype, shape = store.layout[name]
    return name != EVENTS and np.issubdtype(np.dtype(dtype), np.floating) and len(shape) == CONTINUOUS_AXES


def _pooled(store: ShardReader, clip_ids: list[str], widths: dict[str, int]) -> np.ndarray:
    """Pooled clip by clip, so that memory holds no clip's features at full length."""
    rows = [pool({name: store.read(clip_id, name)[None] for name in widths}) for clip_id in clip_ids]
    return np.concatenate(rows)


def _report(
    predictor: MusicTextPredictor, store: ShardReader, music_text: ShardReader, clip_ids: list[str]
) -> PredictionReport:
    predicted = np.concatenate(
        [
            predictor.predict({name: store.read(clip_id, name)[None] for name in predictor.widths})
            for clip_id in clip_ids
        ]
    )
    true = music_text.stack(MUSIC_TEXT, clip_ids)
    own, other = (np.sum(predicted * rows, axis=1).mean() for rows in (true, np.roll(true, 1, axis=0)))
    return PredictionReport(len(clip_ids), float(own), float(other))
