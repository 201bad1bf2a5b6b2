"""Controls that take their music from the training clips: by the look of the video, and by the genre alone.

A model that does no better than the nearest clip has learned to look things up; one that does no better than any
clip of the genre has learned the genre.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from v2meow_pipeline.corpus.fitting import waves_of
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.seeding import derive_seed

NEAREST, GENRE_PRIOR = "nearest_training_clip", "genre_prior"
SMALLEST_SPREAD = 1e-6


def borrowed_systems(
    clips: pd.DataFrame, training: pd.DataFrame, features: ShardReader, clip_audio: ShardReader, seed: int
) -> dict[str, list[np.ndarray]]:
    """Music of training clips for the evaluation clips.

    Args:
        clips: rows of the manifest that are evaluated.
        training: rows of the manifest that were trained on.
        features: visual features of the corpus.
        clip_audio: sound of the corpus.
        seed: decides which clip of a genre is taken.

    Returns:
        Waves in the order of `clips` by name: `NEAREST` takes the clip whose visual features are the nearest,
        `GENRE_PRIOR` any clip of the same genre. The latter is missing where a clip's genre is unknown or untrained,
        both where nothing was trained on.
    """
    if training.empty:
        return {}
    taken = {NEAREST: nearest_clips(list(clips["clip_id"]), training["clip_id"].tolist(), features)}
    of_genre = _of_genre(clips, training, seed)
    if of_genre is not None:
        taken[GENRE_PRIOR] = of_genre
    return {name: list(waves_of(clip_audio, clip_ids)) for name, clip_ids in taken.items()}


def nearest_clips(clip_ids: Sequence[str], training: Sequence[str], features: ShardReader) -> list[str]:
    """For each clip the training clip that looks most like it (see `standardised`).

    Args:
        clip_ids: of the clips.
        training: ids of the candidates.
        features: visual features of all.

    Returns:
        Ids of training clips, in the order of `clip_ids`.
    """
    known, asked = standardised(features, training, clip_ids)
    return [training[int(np.square(known - row).sum(axis=1).argmin())] for row in asked]


def standardised(
    features: ShardReader, training: Sequence[str], clip_ids: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """What clips look like, a vector each.

    Vectors are averaged over time and standardised over the training clips; each encoder counts the same, whatever its
    width. Tokens of pictures have no place in this.

    Args:
        features: visual features of all.
        training: ids of the training clips.
        clip_ids: of other clips.

    Returns:
        float64 [training clip, width] and [clip, width].
    """
    names = [name for name, (dtype, _) in features.layout.items() if np.issubdtype(np.dtype(dtype), np.floating)]
    of_training, of_others = [], []
    for name in names:
        known, asked = (_means(features, name, ids) for ids in (training, clip_ids))
        centre, spread = known.mean(axis=0), np.maximum(known.std(axis=0), SMALLEST_SPREAD)
        weight = 1 / np.sqrt(known.shape[1])
        of_training.append((known - centre) / spread * weight)
        of_others.append((asked - centre) / spread * weight)
    return np.concatenate(of_training, axis=1), np.concatenate(of_others, axis=1)


def _means(features: ShardReader, name: str, clip_ids: Sequence[str]) -> np.ndarray:
    return np.stack([features.read(clip_id, name).astype(np.float64).mean(axis=0) for clip_id in clip_ids])


def _of_genre(clips: pd.DataFrame, training: pd.DataFrame, seed: int) -> list[str] | None:
    known = training.groupby("genre")["clip_id"].apply(list).to_dict()
    if not set(clips["genre"].fillna("")) <= set(known):
        return None
    taken = []
    for clip_id, genre in zip(clips["clip_id"], clips["genre"], strict=True):
        draw = np.random.default_rng(derive_seed(seed, GENRE_PRIOR, clip_id))
        taken.append(known[genre][draw.integers(len(known[genre]))])
    return taken
