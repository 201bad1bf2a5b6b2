"""Controls that reuse music of training clips: of the clip with the most similar video, and of any clip of the genre.

A model that is no better than the nearest clip could be replaced by retrieval; one that is no better than a random clip
of the genre has learned nothing but the genre.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.evaluation.audio_sets import AudioSet, stored_audio
from v2meow_pipeline.seeding import derive_seed

NEAREST, GENRE_PRIOR = "nearest_training_clip", "genre_prior"
SMALLEST_SPREAD = 1e-6


def retrieval_systems(
    clips: pd.DataFrame, training: pd.DataFrame, features: ShardReader, clip_audio: ShardReader, seed: int
) -> dict[str, AudioSet]:
    """Music of training clips for the evaluation clips.

    Args:
        clips: manifest rows of the evaluation clips.
        training: manifest rows of the training clips.
        features: visual features of the corpus.
        clip_audio: audio of the corpus.
        seed: seeds the choice of a clip of the genre.

    Returns:
        Control -> audio: `NEAREST` has the music of the clip with the most similar visual features, `GENRE_PRIOR` that
        of a random clip of the same genre. `GENRE_PRIOR` is left out if a clip's genre is unknown or has no training
        clip, both if there are no training clips.
    """
    if training.empty:
        return {}
    clip_ids = clips["clip_id"].tolist()
    chosen = {NEAREST: nearest_clips(clip_ids, training["clip_id"].tolist(), features)}
    of_genre = _of_genre(clips, training, seed)
    if of_genre is not None:
        chosen[GENRE_PRIOR] = of_genre
    return {name: stored_audio(clip_audio, clip_ids, stored_ids=stored) for name, stored in chosen.items()}


def nearest_clips(clip_ids: Sequence[str], training: Sequence[str], features: ShardReader) -> list[str]:
    """For each clip, the training clip with the most similar visual features (see `standardised`).

    Args:
        clip_ids: ids of the clips.
        training: ids of the training clips.
        features: visual features of all clips.

    Returns:
        Ids of training clips, in the order of `clip_ids`.
    """
    candidates, queries = standardised(features, training, clip_ids)
    return [training[int(np.square(candidates - row).sum(axis=1).argmin())] for row in queries]


def standardised(
    features: ShardReader, training: Sequence[str], clip_ids: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """One visual feature vector per clip.

    Features are averaged over time and standardised over the training clips; each encoder has the same total weight,
    regardless of its width. Visual tokens (integers) are left out.

    Args:
        features: visual features of all clips.
        training: ids of the training clips.
        clip_ids: ids of the other clips.

    Returns:
        Vectors of the training clips, float64 [training clip, width], and of the other clips, float64 [clip, width].
    """
    names = [name for name, (dtype, _) in features.layout.items() if np.issubdtype(np.dtype(dtype), np.floating)]
    of_training, of_others = [], []
    for name in names:
        known, other = (_means(features, name, ids) for ids in (training, clip_ids))
        centre, spread = known.mean(axis=0), np.maximum(known.std(axis=0), SMALLEST_SPREAD)
        weight = 1 / np.sqrt(known.shape[1])
        of_training.append((known - centre) / spread * weight)
        of_others.append((other - centre) / spread * weight)
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
