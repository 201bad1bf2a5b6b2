"""Genre classifier, trained on embeddings of real audio, that judges the genre of generated music.

Conventions: logistic regression on the standardised mean and standard deviation over time of a clip's embedding. A clip
scores 1 if its genre is predicted correctly and 0 otherwise, so the value of a set is an accuracy in [0, 1]. The
accuracy on real audio is the upper bound that the classifier itself allows.
"""

from collections.abc import Sequence

import numpy as np

from v2meow_pipeline.metrics.validate import Array

FEWEST_GENRES = 2
# Inverse regularisation strength C: strong regularisation, since embeddings have more dimensions than there are clips.
STRENGTH = 0.1


class LogisticGenreClassifier:
    """Logistic regression from embeddings to genres.

    Attributes:
        genres: known genres, sorted.
    """

    def __init__(self, frames: Sequence[Array], genres: Sequence[str]) -> None:
        """Trains on real audio; deterministic.

        Args:
            frames: embedding frames of each clip, `[n_i, d]`, n_i >= 1.
            genres: genre of each clip.

        Raises:
            ValueError: if there are fewer than two genres, or the numbers of clips differ.
        """
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        self.genres = sorted(set(genres))
        if len(frames) != len(genres) or len(self.genres) < FEWEST_GENRES:
            raise ValueError(
                f"{len(frames)} clips and {len(genres)} labels of {len(self.genres)} genres cannot train a classifier: "
                f"give each clip a label, of at least {FEWEST_GENRES} genres"
            )
        self._classifier = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=1000))
        self._classifier.fit(np.stack([_pooled(of_clip) for of_clip in frames]), list(genres))

    def predict(self, frames: Array) -> str:
        """Predicts the genre of a clip.

        Args:
            frames: embedding frames of the clip by the same network, `[n, d]`.

        Returns:
            One of `genres`.
        """
        return str(self._classifier.predict(_pooled(frames)[None])[0])


def _pooled(frames: Array) -> Array:
    values = np.asarray(frames, np.float64)
    return np.concatenate([values.mean(axis=0), values.std(axis=0)])
