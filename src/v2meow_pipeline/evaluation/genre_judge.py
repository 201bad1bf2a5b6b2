"""Genre scores of each system's music by a classifier trained on real audio."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from v2meow_pipeline.evaluation.audio_embeddings import (
    AudioEmbeddings,
    EmbeddedSystems,
    EmbedderSet,
    EmbeddingCache,
)
from v2meow_pipeline.evaluation.audio_sets import AudioSet
from v2meow_pipeline.metrics.by_clip import Columns
from v2meow_pipeline.metrics.genre import FEWEST_GENRES, LogisticGenreClassifier

# Column of the clips: genre in the prompt of the system with a contradicting prompt.
PROMPTED = "prompted_genre"
MOST_CLIPS = 600


class GenreTraining(NamedTuple):
    """Training data of the judge: embeddings of real audio of clips that are not evaluated, and their genres."""

    embeddings: Sequence[AudioEmbeddings]
    genres: Sequence[str]


def embed_genre_training(
    audio: AudioSet, genres: Sequence[str], embedders: EmbedderSet, cache: EmbeddingCache
) -> GenreTraining:
    """Embeds the training data of the judge.

    Args:
        audio: real audio of clips that are not evaluated.
        genres: genre of each clip.
        embedders: networks; only its `judges` are used.
        cache: cache of embeddings.

    Returns:
        The training data.
    """
    (embeddings,) = cache.embed({"training": audio}, EmbedderSet(embedders.clock, False, embedders.judges)).values()
    return GenreTraining(embeddings, genres)


def genre_columns(
    systems: EmbeddedSystems, training: GenreTraining, facts: pd.DataFrame, names: Mapping[str, str]
) -> Columns:
    """Per-clip scores: whether the genre that a classifier predicts is the expected one.

    Args:
        systems: name -> embeddings of each clip.
        training: training data of the classifiers, one per judge network.
        facts: one row per clip with the column "genre" (empty if unknown) and optionally `PROMPTED`.
        names: judge -> its name in metric keys.

    Returns:
        `genre_accuracy_<judge>` -> system -> 1 or 0, NaN for a clip without a genre; and with prompted genres
        `prompt_followed_<judge>` of all systems: the systems without this prompt give the chance level.
    """
    wanted = {"genre_accuracy": facts["genre"].fillna("").tolist()}
    if PROMPTED in facts:
        wanted["prompt_followed"] = facts[PROMPTED].tolist()
    columns: dict[str, dict[str, list[float]]] = {}
    for judge, name in names.items():
        classifier = LogisticGenreClassifier([clip.frames[judge] for clip in training.embeddings], training.genres)
        predicted = {
            system: [classifier.predict(clip.frames[judge]) for clip in clips] for system, clips in systems.items()
        }
        for key, genres in wanted.items():
            columns[f"{key}_{name}"] = {system: _correct(found, genres) for system, found in predicted.items()}
    return columns


def judge_clips(manifest: pd.DataFrame) -> pd.DataFrame:
    """Training clips of the judge: the split `judge` if it exists, else the first clips of the split `train`.

    Args:
        manifest: manifest of the corpus.

    Returns:
        Rows with a genre, at most `MOST_CLIPS`; empty if there are fewer than two genres.
    """
    known = manifest[manifest["genre"].fillna("") != ""]
    rows = known[known["split"] == ("judge" if (known["split"] == "judge").any() else "train")][:MOST_CLIPS]
    return rows if rows["genre"].nunique() >= FEWEST_GENRES else rows[:0]


def _correct(predicted: Sequence[str], expected: Sequence[str]) -> list[float]:
    return [float(name == genre) if genre else np.nan for name, genre in zip(predicted, expected, strict=True)]
