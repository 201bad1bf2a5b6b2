"""Predicts the music-text embedding of a clip's music from the clip's visual features.

A stage learns from the embedding of its clip's own sound what an embedding means, and any recording teaches it that. At
inference there is no sound and often no prompt; a regression from the pictures stands in for them, as the prior of
DALL-E 2 (arXiv 2204.06125) does from text to image embeddings. An extension: the paper conditions on music-text
embeddings of prompts alone.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Num
from pydantic import Field

from v2meow_pipeline.checkpoint import check_shapes, load_checkpoint, loading, save_checkpoint
from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import StaleError

KIND = "music_text_predictor"
WEIGHT, BIAS = "weight", "bias"
SMALLEST_SPREAD = 1e-4


class PredictorConfig(Config):
    """How the regression is fitted.

    Attributes:
        alphas: weights of the squared coefficients that are tried; leave-one-out errors choose one of them.
    """

    alphas: tuple[float, ...] = Field(default=(1e2, 1e3, 3e3, 1e4, 3e4, 1e5), min_length=1)


class MusicTextPredictor:
    """Ridge regression on the mean and the standard deviation over time of each visual feature.

    Attributes:
        widths: width of each visual feature by name; their order is the order of the coefficients.
        alpha: the weight of the squared coefficients that was chosen.
    """

    def __init__(
        self,
        widths: Mapping[str, int],
        weight: Float[np.ndarray, "pooled width"],
        bias: Float[np.ndarray, "width"],
        alpha: float,
    ) -> None:
        """Takes fitted coefficients; see `fit` and `load`.

        Args:
            widths: see `widths`.
            weight: coefficients.
            bias: added to each prediction.
            alpha: see `alpha`.
        """
        self.widths, self.alpha = dict(widths), alpha
        self._weight, self._bias = weight, bias

    @classmethod
    def fit(
        cls,
        widths: Mapping[str, int],
        pooled: Float[np.ndarray, "n pooled"],
        embeddings: Float[np.ndarray, "n width"],
        config: PredictorConfig,
    ) -> "MusicTextPredictor":
        """Fits the regression; there is nothing random in it.

        Args:
            widths: width of each visual feature by name.
            pooled: rows of `pool`.
            embeddings: unit vectors of the clips' music.
            config: see there.

        Returns:
            The predictor.
        """
        from sklearn.linear_model import RidgeCV

        mean, spread = pooled.mean(axis=0), np.maximum(pooled.std(axis=0), SMALLEST_SPREAD)
        ridge = RidgeCV(alphas=config.alphas).fit((pooled - mean) / spread, embeddings)
        weight = (ridge.coef_ / spread).T
        bias = ridge.intercept_ - mean @ weight
        return cls(widths, weight.astype(np.float32), bias.astype(np.float32), float(ridge.alpha_))

    def predict(self, features: Mapping[str, Num[np.ndarray, "batch t _"]]) -> Float[np.ndarray, "batch width"]:
        """The expected music-text embedding of clips.

        Args:
            features: visual features by name; further ones are ignored.

        Returns:
            Unit vectors, float32.

        Raises:
            StaleError: when a feature is missing or has another width.
        """
        for name, width in self.widths.items():
            if name not in features or features[name].shape[-1] != width:
                raise StaleError(
                    f"The music-text predictor was fitted on {width} values of {name}, which it is not given.",
                    "Run `.venv/bin/kedro run --pipelines music_text_predictor`.",
                )
        predicted = pool({name: features[name] for name in self.widths}) @ self._weight + self._bias
        return (predicted / np.maximum(np.linalg.norm(predicted, axis=1, keepdims=True), 1e-12)).astype(np.float32)

    def save(self, folder: Path, fingerprint: str, extra: Mapping[str, Any]) -> None:
        """Writes the coefficients as a checkpoint, atomically.

        Args:
            folder: to write.
            fingerprint: of everything that went into them.
            extra: further JSON values for its config.
        """
        config = {**extra, "kind": KIND, "fingerprint": fingerprint, "widths": self.widths, "alpha": self.alpha}
        save_checkpoint(folder, config, {WEIGHT: self._weight, BIAS: self._bias})

    @classmethod
    def load(cls, folder: Path) -> "MusicTextPredictor":
        """A predictor from its checkpoint.

        Args:
            folder: written by `save`.

        Returns:
            The predictor.

        Raises:
            V2MeowError: when there is no such checkpoint, or it is damaged.
        """
        config, weights = load_checkpoint(folder, KIND)
        with loading(folder):
            widths = {str(name): int(width) for name, width in config["widths"].items()}
            width = weights[BIAS].shape[-1]
            check_shapes(weights, {WEIGHT: (2 * sum(widths.values()), width), BIAS: (width,)})
            return cls(widths, weights[WEIGHT], weights[BIAS], float(config["alpha"]))


def pool(features: Mapping[str, Num[np.ndarray, "batch t _"]]) -> Float[np.ndarray, "batch pooled"]:
    """Mean and standard deviation over time of each feature.

    Args:
        features: by name.

    Returns:
        float32: for each feature in order, all means and then all deviations.
    """
    parts: Sequence[np.ndarray] = [np.asarray(values, np.float32) for values in features.values()]
    return np.concatenate([half for part in parts for half in (part.mean(axis=1), part.std(axis=1))], axis=1)
