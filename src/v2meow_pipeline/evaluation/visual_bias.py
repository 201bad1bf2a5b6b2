"""Bias report: association between the look of a video and the genre of its music.

Looks are clusters of the training clips' visual features, so that they exist for any corpus. The genre of a wave is
that of the nearest genre centre in the music-text space. Both are rough, but the same for real and generated music: the
difference between the two is the bias that the model adds to its data.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.evaluation.retrieval_controls import standardised
from v2meow_pipeline.metrics.bias import Bias, association
from v2meow_pipeline.metrics.bootstrap import mean_interval
from v2meow_pipeline.metrics.result import SummaryRow
from v2meow_pipeline.models.stages import MUSIC_TEXT
from v2meow_pipeline.seeding import derive_seed

LOOKS = 6
OF = "look_genre"
LIFT_COLUMNS = ("system", "look", "genre", "lift", "low", "high", "clips_of_look")


def looks_of(clip_ids: Sequence[str], training: Sequence[str], features: ShardReader, seed: int) -> list[str]:
    """Look of each clip: the k-means cluster of its visual features.

    Args:
        clip_ids: ids of the clips.
        training: ids of the training clips that are clustered.
        features: visual features of all clips.
        seed: seeds the clustering.

    Returns:
        Names "look 1" to "look 6" in the order of `clip_ids`; fewer names if there are fewer training clips.
    """
    from sklearn.cluster import KMeans

    known, other = standardised(features, training, clip_ids)
    clusters = KMeans(min(LOOKS, len(training)), n_init=4, random_state=derive_seed(seed, "looks") % 2**32).fit(known)
    return [f"look {label + 1}" for label in clusters.predict(other)]


class NearestCentroidGenreClassifier:
    """Nearest-centroid genre classifier in the music-text embedding space."""

    def __init__(self, training: pd.DataFrame, music_text: ShardReader) -> None:
        """Computes the centroid of each genre's training clips.

        Args:
            training: rows of the manifest; rows without a genre are ignored.
            music_text: music-text embeddings of the corpus.
        """
        known = training[training["genre"].fillna("") != ""]
        self.genres = sorted(known["genre"].unique())
        of_genre = [known.loc[known["genre"] == genre, "clip_id"].tolist() for genre in self.genres]
        centres = [music_text.stack(MUSIC_TEXT, clip_ids) for clip_ids in of_genre]
        self._centres = np.stack([vectors.astype(np.float64).mean(axis=0) for vectors in centres]) if centres else None

    def predict(self, embedding: np.ndarray) -> str:
        """Genre with the nearest centroid by cosine similarity.

        Args:
            embedding: embedding of a wave, unit vector [width].

        Returns:
            One of `genres`.
        """
        assert self._centres is not None
        return str(self.genres[int((self._centres @ embedding / np.linalg.norm(self._centres, axis=1)).argmax())])


def bias_of(
    looks: Sequence[str],
    embeddings: Mapping[str, Sequence[np.ndarray]],
    classifier: NearestCentroidGenreClassifier,
    genres: Sequence[str],
    seed: int,
) -> tuple[list[SummaryRow], pd.DataFrame]:
    """Association of looks and genres for each system.

    Args:
        looks: look of each clip.
        embeddings: system -> music-text embedding of each clip, unit vectors [width].
        classifier: classifier of the embeddings.
        genres: true genre of each clip; empty if unknown.
        seed: seeds the bootstrap resampling and the permutations.

    Returns:
        Rows of `bias_cramers_v_look_genre`, `bias_p_value_look_genre` and `genre_accuracy_nearest_centre` per system;
        and the lifts, one row per system, look and genre.
    """
    rows, lifts = [], []
    for system, of_clips in embeddings.items():
        predicted = [classifier.predict(embedding) for embedding in of_clips]
        found = association(looks, predicted, seed)
        rows += [SummaryRow(system, key, value, np.nan, np.nan, found.n) for key, value in found.scores(OF).items()]
        correct = [float(p == g) if g else np.nan for p, g in zip(predicted, genres, strict=True)]
        rows.append(SummaryRow(system, "genre_accuracy_nearest_centre", *mean_interval(correct, seed)))
        lifts += _lift_rows(system, found)
    return rows, pd.DataFrame(lifts)


def _lift_rows(system: str, found: Bias) -> list[dict[str, str | float]]:
    return [
        dict(zip(LIFT_COLUMNS, (system, look, genre, value, low, high, n), strict=True))
        for (look, genre), (value, low, high, n) in found.lift.items()
    ]
