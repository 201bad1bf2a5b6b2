"""Prediction of a clip's music-text embedding from its visual features by ridge regression.

Stages are trained with the embedding of the clip's audio. At inference there is no audio and often no prompt, so the
embedding is predicted from the visual features, like the prior of DALL-E 2 (arXiv 2204.06125) from text to image
embeddings. This is an extension: the paper uses only music-text embeddings of prompts.
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
    """Configuration of the regression.

    Attributes:
        alphas: candidate regularisation strengths, selected by leave-one-out cross-validation.
    """

    alphas: tuple[float, ...] = Field(default=(1e2, 1e3, 3e3, 1e4, 3e4, 1e5), min_length=1)


class MusicTextPredictor:
    """Ridge regression on the mean and standard deviation over time of each visual feature.

    Attributes:
        widths: width of each visual feature by name, in the order of the coefficients.
        alpha: selected regularisation strength.
    """

    def __init__(
        self,
        widths: Mapping[str, int],
        weight: Float[np.ndarray, "pooled width"],
        bias: Float[np.ndarray, "width"],
        alpha: float,
    ) -> None:
        """Stores fitted coefficients; see `fit` and `load`.

        Args:
            widths: width of each visual feature by name, in the order of the coefficients.
            weight: coefficients.
            bias: intercept.
            alpha: selected regularisation strength.
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
        """Fits the regression; deterministic.

        Args:
            widths: width of each visual feature by name.
            pooled: pooled features, one row per clip (see `pool`).
            embeddings: L2-normalised music-text embeddings of the clips' audio.
            config: configuration of the regression.

        Returns:
            The predictor.
        """
        from sklearn.linear_model import RidgeCV

        mean, deviation = pooled.mean(axis=0), np.maximum(pooled.std(axis=0), SMALLEST_SPREAD)
        ridge = RidgeCV(alphas=config.alphas).fit((pooled - mean) / deviation, embeddings)
        weight = (ridge.coef_ / deviation).T
        bias = ridge.intercept_ - mean @ weight
        return cls(widths, weight.astype(np.float32), bias.astype(np.float32), float(ridge.alpha_))

    def predict(self, features: Mapping[str, Num[np.ndarray, "batch t _"]]) -> Float[np.ndarray, "batch width"]:
        """Predicts the music-text embeddings of clips.

        Args:
            features: visual features by name; additional ones are ignored.

        Returns:
            L2-normalised embeddings, float32.

        Raises:
            StaleError: if a feature is missing or has another width.
        """
        for name, width in self.widths.items():
            if name not in features or features[name].shape[-1] != width:
                raise StaleError(
                    f"The music-text predictor was fitted on {width} values of {name}, but got other features.",
                    "Run `.venv/bin/kedro run --pipelines music_text_predictor`.",
                )
        predicted = pool({name: features[name] for name in self.widths}) @ self._weight + self._bias
        return (predicted / np.maximum(np.linalg.norm(predicted, axis=1, keepdims=True), 1e-12)).astype(np.float32)

    def save(self, folder: Path, fingerprint: str, extra: Mapping[str, Any]) -> None:
        """Writes the coefficients as a checkpoint, atomically.

        Args:
            folder: checkpoint directory to write.
            fingerprint: fingerprint of the training inputs.
            extra: additional JSON metadata.
        """
        config = {**extra, "kind": KIND, "fingerprint": fingerprint, "widths": self.widths, "alpha": self.alpha}
        save_checkpoint(folder, config, {WEIGHT: self._weight, BIAS: self._bias})

    @classmethod
    def load(cls, folder: Path) -> "MusicTextPredictor":
        """Loads a predictor.

        Args:
            folder: checkpoint directory written by `save`.

        Returns:
            The predictor.

        Raises:
            V2MeowError: if the checkpoint is missing, damaged or of another kind.
        """
        config, weights = load_checkpoint(folder, KIND)
        with loading(folder):
            widths = {str(name): int(width) for name, width in config["widths"].items()}
            width = weights[BIAS].shape[-1]
            check_shapes(weights, {WEIGHT: (2 * sum(widths.values()), width), BIAS: (width,)})
            return cls(widths, weights[WEIGHT], weights[BIAS], float(config["alpha"]))


def pool(features: Mapping[str, Num[np.ndarray, "batch t _"]]) -> Float[np.ndarray, "batch pooled"]:
    """Pools features over time by mean and standard deviation.

    Args:
        features: visual features by name.

    Returns:
        Pooled features, float32: means, then standard deviations, of each feature in order.
    """
    parts: Sequence[np.ndarray] = [np.asarray(values, np.float32) for values in features.values()]
    return np.concatenate([half for part in parts for half in (part.mean(axis=1), part.std(axis=1))], axis=1)
