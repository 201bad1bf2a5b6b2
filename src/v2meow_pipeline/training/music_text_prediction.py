"""Fits the music-text predictor on the training clips and evaluates it on the validation clips."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from v2meow_pipeline.checkpoint import cached_fit, fingerprint_of
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.clips import clips_of, describe_clips, licences_of
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.encoders.music_text_predictor import MusicTextPredictor, PredictorConfig, pool
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.models.stages import EVENTS, MUSIC_TEXT

REVISION = "music_text_predictor-1"
CONTINUOUS_AXES = 2  # [t, width]


class PredictionReport(NamedTuple):
    """Accuracy of the predicted music-text embeddings on the validation clips.

    Attributes:
        n_clips: number of validation clips with video and audio.
        cosine: mean cosine similarity of the predicted and the true embedding.
        cosine_shuffled: mean cosine similarity to the true embedding of another clip, the chance level.
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
    """Fits the predictor, unless its checkpoint is up to date.

    Args:
        manifest: clip manifest of the corpus; its splits "train" and "val" are used.
        visual_features: shard store of the visual features of clips that have video.
        music_text: shard store of the music-text embedding of each clip.
        names: visual features that condition the stages; discrete features and event curves are not used.
        config: regression configuration.
        head: checkpoint directory of the joint embedding that `music_text` was computed with.
        folder: output directory of the checkpoint; its config holds a `PredictionReport` under `report`.

    Returns:
        `folder`.

    Raises:
        ConfigError: if no visual feature is continuous.
    """
    widths = {name: visual_features.layout[name][1][-1] for name in names if _is_continuous(visual_features, name)}
    if not widths:
        raise ConfigError(
            f"The music-text predictor needs a continuous visual feature; {', '.join(names) or '(none)'} has none.",
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
            "trained_on": describe_clips(manifest, train),
            "licence": licences_of(manifest, train),
            "report": _report(predictor, visual_features, music_text, val)._asdict(),
        }
        predictor.save(folder, made_by, about)

    return cached_fit(folder, made_by, fit)


def _is_continuous(store: ShardReader, name: str) -> bool:
    dtype, shape = store.layout[name]
    return name != EVENTS and np.issubdtype(np.dtype(dtype), np.floating) and len(shape) == CONTINUOUS_AXES


def _pooled(store: ShardReader, clip_ids: list[str], widths: dict[str, int]) -> np.ndarray:
    """Features pooled over time, read clip by clip to limit memory."""
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
