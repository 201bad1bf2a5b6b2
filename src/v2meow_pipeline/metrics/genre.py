"""Genre by a judge: a classifier that was trained on true sound names the genre of a clip.

Conventions: logistic regression on a clip's embedding, mean and standard deviation over time, standardised. A clip
scores 1 where the genre is named right and 0 where not, so a set's value is an accuracy in [0, 1]; that of the true
sound is what the judge itself can do.
"""

from collections.abc import Sequence

import numpy as np

from v2meow_pipeline.metrics.validate import Array

FEWEST_GENRES = 2
# Of the inverse ridge: embeddings of a hundred clips have more numbers than clips.
STRENGTH = 0.1


class GenreClassifier:
    """Names genres from embeddings.

    Attributes:
        genres: that it can name, sorted.
    """

    def __init__(self, frames: Sequence[Array], genres: Sequence[str]) -> None:
        """Trains on true sound; the same clips give the same classifier.

        Args:
            frames: embedding of each clip, `[n_i, d]`, n_i >= 1.
            genres: of each clip.

        Raises:
            ValueError: for fewer than two genres, or numbers of clips that differ.
        """
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        self.genres = sorted(set(genres))
        if len(frames) != len(genres) or len(self.genres) < FEWEST_GENRES:
            raise ValueError(f"{len(frames)} clips of {len(self.genres)} genres are nothing to learn genres from")
        self._classifier = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=1000))
        self._classifier.fit(np.stack([_pooled(of_clip) for of_clip in frames]), list(genres))

    def name(self, frames: Array) -> str:
        """The genre of a clip.

        Args:
            frames: its embedding, `[n, d]`, of the same network.

        Returns:
            One of `genres`.
        """
        return str(self._classifier.predict(_pooled(frames)[None])[0])


def _pooled(frames: Array) -> Array:
    values = np.asarray(frames, np.float64)
    return np.concatenate([values.mean(axis=0), values.std(axis=0)])
