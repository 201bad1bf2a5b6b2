"""What a judge that was trained on true sound says of the genre of each system's music."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from v2meow_pipeline.evaluation.audio_embeddings import EmbedderSet, EmbeddingCache
from v2meow_pipeline.metrics.evaluate import Columns
from v2meow_pipeline.metrics.genre import FEWEST_GENRES, GenreClassifier

# Column of the clips: the genre that the system with a contradicting prompt was asked for.
PROMPTED = "prompted_genre"
MOST_CLIPS = 600


class TrueSound(NamedTuple):
    """What the judge is trained on: waves at the clock's rate, and their genres."""

    waves: Sequence[np.ndarray]
    genres: Sequence[str]


class GenreJudge:
    """A classifier over the embeddings of each network that judges."""

    def __init__(self, sound: TrueSound, embedders: EmbedderSet, workers: int) -> None:
        """Listens to the true sound, and learns its genres.

        Args:
            sound: of clips that are not evaluated.
            embedders: whose `judges` listen.
            workers: processes.
        """
        cache = EmbeddingCache(sound.waves, embedders._replace(tags=False, spaces={}, tokenizers={}), workers)
        heard = {name: [cache.of(wave).frames[name] for wave in sound.waves] for name in embedders.judges}
        self._classifiers = {name: GenreClassifier(frames, sound.genres) for name, frames in heard.items()}

    def columns(
        self,
        cache: EmbeddingCache,
        systems: Mapping[str, Sequence[np.ndarray]],
        facts: pd.DataFrame,
        names: Mapping[str, str],
    ) -> Columns:
        """Whether each clip is of the genre that it should be.

        Args:
            cache: of all waves.
            systems: name -> waves, in the order of `facts`.
            facts: a row a clip, with "genre" (empty where unknown) and perhaps `PROMPTED`.
            names: judge -> what keys call it.

        Returns:
            `genre_accuracy_<judge>` -> system -> 1 or 0, NaN for a clip without a genre; and where genres were asked
            for, `prompt_followed_<judge>`, of all systems: those that were not told it show what chance gives.
        """
        wanted = {"genre_accuracy": facts["genre"].fillna("").tolist()}
        if PROMPTED in facts:
            wanted["prompt_followed"] = facts[PROMPTED].tolist()
        columns: dict[str, dict[str, list[float]]] = {}
        for judge, classifier in self._classifiers.items():
            named = {
                system: [classifier.name(cache.of(wave).frames[judge]) for wave in waves]
                for system, waves in systems.items()
            }
            for key, genres in wanted.items():
                columns[f"{key}_{names[judge]}"] = {system: _right(found, genres) for system, found in named.items()}
        return columns


def judge_clips(manifest: pd.DataFrame) -> pd.DataFrame:
    """The clips that the judge is trained on: those of the split `judge`, or else the first training clips.

    Args:
        manifest: of the corpus.

    Returns:
        Rows with a genre; none where there are fewer than two genres.
    """
    known = manifest[manifest["genre"].fillna("") != ""]
    rows = known[known["split"] == ("judge" if (known["split"] == "judge").any() else "train")][:MOST_CLIPS]
    return rows if rows["genre"].nunique() >= FEWEST_GENRES else rows[:0]


def _right(found: Sequence[str], wanted: Sequence[str]) -> list[float]:
    return [float(name == genre) if genre else np.nan for name, genre in zip(found, wanted, strict=True)]
