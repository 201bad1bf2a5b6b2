"""Genre scores of each system's music by a classifier trained on real audio."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from v2meow_pipeline.evaluation.audio_embeddings import EmbedderSet, EmbeddingCache
from v2meow_pipeline.metrics.evaluate import Columns
from v2meow_pipeline.metrics.genre import FEWEST_GENRES, GenreClassifier

# Column of the clips: genre in the prompt of the system with a contradicting prompt.
PROMPTED = "prompted_genre"
MOST_CLIPS = 600


class TrueSound(NamedTuple):
    """Training data of the judge: real waves at the clock's sample rate, and their genres."""

    waves: Sequence[np.ndarray]
    genres: Sequence[str]


class GenreJudge:
    """One genre classifier per judge network, on its embeddings."""

    def __init__(self, sound: TrueSound, embedders: EmbedderSet, workers: int) -> None:
        """Embeds the training data and trains the classifiers.

        Args:
            sound: training data, of clips that are not evaluated.
            embedders: networks; only its `judges` are used.
            workers: number of processes.
        """
        cache = EmbeddingCache(sound.waves, embedders._replace(tags=False, spaces={}, tokenizers={}), workers)
        embedded = {name: [cache.of(wave).frames[name] for wave in sound.waves] for name in embedders.judges}
        self._classifiers = {name: GenreClassifier(frames, sound.genres) for name, frames in embedded.items()}

    def columns(
        self,
        cache: EmbeddingCache,
        systems: Mapping[str, Sequence[np.ndarray]],
        facts: pd.DataFrame,
        names: Mapping[str, str],
    ) -> Columns:
        """Per-clip scores: whether the predicted genre is the expected one.

        Args:
            cache: network outputs of all waves.
            systems: name -> waves, in the order of `facts`.
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
        for judge, classifier in self._classifiers.items():
            predicted = {
                system: [classifier.name(cache.of(wave).frames[judge]) for wave in waves]
                for system, waves in systems.items()
            }
            for key, genres in wanted.items():
                columns[f"{key}_{names[judge]}"] = {
                    system: _correct(found, genres) for system, found in predicted.items()
                }
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
