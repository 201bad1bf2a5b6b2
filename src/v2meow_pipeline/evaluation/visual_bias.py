"""The bias report: does a look of the video lead to a genre of music beyond that genre's share?

Looks are clusters of the training clips' pictures, so that any corpus has them; a genre is that of the nearest centre
of training clips in the space of music and text. Both are rough, and both are the same for truth and generated music:
what a model adds to its data is the difference between the two.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.evaluation.retrieval_controls import standardised
from v2meow_pipeline.metrics.bias import Bias, evaluate
from v2meow_pipeline.metrics.bootstrap import mean_interval
from v2meow_pipeline.metrics.result import SummaryRow
from v2meow_pipeline.models.stages import MUSIC_TEXT
from v2meow_pipeline.seeding import derive_seed

LOOKS = 6
OF = "look_genre"
LIFT_COLUMNS = ("system", "look", "genre", "lift", "low", "high", "clips_of_look")


def looks_of(clip_ids: Sequence[str], training: Sequence[str], features: ShardReader, seed: int) -> list[str]:
    """The look of each clip.

    Args:
        clip_ids: of the clips.
        training: ids of the clips whose pictures are clustered.
        features: visual features of all.
        seed: of the clustering.

    Returns:
        Names "look 1" to "look 6", in the order of `clip_ids`; fewer where there are few training clips.
    """
    from sklearn.cluster import KMeans

    known, asked = standardised(features, training, clip_ids)
    clusters = KMeans(min(LOOKS, len(training)), n_init=4, random_state=derive_seed(seed, "looks") % 2**32).fit(known)
    return [f"look {label + 1}" for label in clusters.predict(asked)]


class GenreClassifier:
    """Names the genre of a place in the space of music and text."""

    def __init__(self, training: pd.DataFrame, music_text: ShardReader) -> None:
        """Averages the training clips of each genre.

        Args:
            training: rows of the manifest; those without a genre are passed over.
            music_text: places of the corpus' clips.
        """
        known = training[training["genre"].fillna("") != ""]
        self.genres = sorted(known["genre"].unique())
        of_genre = [known.loc[known["genre"] == genre, "clip_id"].tolist() for genre in self.genres]
        centres = [music_text.stack(MUSIC_TEXT, clip_ids) for clip_ids in of_genre]
        self._centres = np.stack([vectors.astype(np.float64).mean(axis=0) for vectors in centres]) if centres else None

    def name(self, place: np.ndarray) -> str:
        """The genre whose centre is the nearest.

        Args:
            place: unit vector [width].

        Returns:
            One of `genres`.
        """
        assert self._centres is not None
        return str(self.genres[int((self._centres @ place / np.linalg.norm(self._centres, axis=1)).argmax())])


def bias_of(
    looks: Sequence[str],
    places: Mapping[str, Sequence[np.ndarray]],
    classifier: GenreClassifier,
    genres: Sequence[str],
    seed: int,
) -> tuple[list[SummaryRow], pd.DataFrame]:
    """How strongly looks and genres go together, for each system.

    Args:
        looks: one a clip.
        places: system -> each clip's place in the space of music and text.
        classifier: names genres.
        genres: the true genre of each clip; empty where unknown.
        seed: of resamples and permutations.

    Returns:
        `bias_cramers_v_look_genre`, `bias_p_value_look_genre` and `genre_accuracy_nearest_centre`, a row a system; and
        the lifts, a row a system, look and genre.
    """
    rows, lifts = [], []
    for system, of_clips in places.items():
        heard = [classifier.name(place) for place in of_clips]
        found = evaluate(looks, heard, seed)
        rows += [SummaryRow(system, key, value, np.nan, np.nan, found.n) for key, value in found.scores(OF).items()]
        right = [float(h == g) if g else np.nan for h, g in zip(heard, genres, strict=True)]
        rows.append(SummaryRow(system, "genre_accuracy_nearest_centre", *mean_interval(right, seed)))
        lifts += _lift_rows(system, found)
    return rows, pd.DataFrame(lifts)


def _lift_rows(system: str, found: Bias) -> list[dict[str, str | float]]:
    return [
        dict(zip(LIFT_COLUMNS, (system, look, genre, value, low, high, n), strict=True))
        for (look, genre), (value, low, high, n) in found.lift.items()
    ]
