"""The semantic tokenizer: k-means over frame features, one token each 40 ms (paper, "Semantic tokens").

The paper clusters a layer of w2v-BERT (`features: w2v_bert`); the default features are measured from the sound, without
a trained network. Each column is standardised, then each group of columns gets the weight that the configuration says,
so that twenty columns of timbre do not drown eight of rhythm. Consecutive repeats are kept (see `repeats`).
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from v2meow_pipeline.checkpoint import check_shapes, load_checkpoint, loading, save_checkpoint
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.errors import StaleError
from v2meow_pipeline.tokenizers.features import FrameFeatures, onset_envelope
from v2meow_pipeline.tokenizers.kmeans import nearest
from v2meow_pipeline.tokenizers.semantic_config import SemanticConfig, build_features
from v2meow_pipeline.tokenizers.semantic_fit import SemanticWeights, fit_weights

__all__ = ["KIND", "SemanticConfig", "SemanticTokenizer", "SemanticWeights", "onset_envelope"]

KIND = "semantic_tokenizer"


class SemanticTokenizer:
    """Waveform to semantic tokens; made by `fit` or `load`.

    Attributes:
        features: what the centres are centres of.

    Args:
        config: as fitted.
        clock: rates and vocabulary.
        weights: what was fitted.
        features: as fitted.
    """

    def __init__(self, config: SemanticConfig, clock: Clock, weights: SemanticWeights, features: FrameFeatures) -> None:
        self.config, self.clock, self.weights, self.features = config, clock, weights, features

    @classmethod
    def fit(
        cls, waves: Iterable[np.ndarray], config: SemanticConfig, clock: Clock, models: Path | None = None
    ) -> "SemanticTokenizer":
        """Centres fitted on frames of some waves.

        Args:
            waves: mono float32 waves in [-1, 1] at the clock's rate; read once, or several times for a stream (see
                `semantic_fit.fit_weights`).
            config: what to fit.
            clock: rates and vocabulary.
            models: the folder of the project's checkpoints, for features of a network that is trained here.

        Returns:
            The tokenizer. No waves is a ValueError; a network that is not there is a MissingModelError.
        """
        features = build_features(config, clock, models)
        return cls(config, clock, fit_weights(waves, features, config, clock), features)

    @property
    def fingerprint(self) -> str:
        """16 hex digits of the configuration, the clock, the features and every weight."""
        digest = hashlib.sha256(b"".join(array.tobytes() for array in self.weights)).hexdigest()
        made_for = self.clock.fingerprint_of_tokens()
        return fingerprint(self.config.model_dump(mode="json"), made_for, self.features.fingerprint, digest)

    def encode(self, wave: Float[np.ndarray, " n"]) -> Int[np.ndarray, " t_semantic"]:
        """Tokens of a wave.

        Args:
            wave: mono samples in [-1, 1] at the clock's rate.

        Returns:
            int16 tokens, `clock.semantic_frames` of its duration; repeats are kept.
        """
        return nearest(self.scaled_features(wave), self.weights.centres).astype(np.int16)

    def scaled_features(self, wave: Float[np.ndarray, " n"]) -> Float[np.ndarray, "t_semantic width"]:
        """The rows that tokens are the nearest centres of."""
        t = self.clock.semantic_frames(len(wave) / self.clock.sample_rate_hz)
        return (self.features.compute(wave, t) - self.weights.mean) * self.weights.scale

    def onset_envelope(self, tokens: Int[np.ndarray, " t_semantic"]) -> Float[np.ndarray, " t_semantic"]:
        """Onset strength that the tokens stand for, float32 from 0: what tempo and beats of tokens are read from.

        Args:
            tokens: one a frame, 0 to vocabulary - 1.

        Returns:
            The mean onset strength of the frames that fell to each token when it was fitted.
        """
        return self.weights.onset[tokens]

    def save(self, folder: Path, fingerprint: str, trained_on: str, licence: str = "unknown") -> None:
        """Writes a checkpoint atomically.

        Args:
            folder: the checkpoint; an existing one is replaced.
            fingerprint: of everything that went into the fit, for `checkpoint.is_current`.
            trained_on: what sound, in words.
            licence: of the weights.
        """
        config = {
            "kind": KIND,
            "fingerprint": fingerprint,
            "clock": self.clock.fingerprint_of_tokens(),
            "features": self.features.name,
            "features_fingerprint": self.features.fingerprint,
            "tokenizer": self.config.model_dump(mode="json"),
            "trained_on": trained_on,
            "licence": licence,
        }
        save_checkpoint(folder, config, self.weights._asdict())

    @classmethod
    def load(cls, folder: Path, clock: Clock, models: Path | None = None) -> "SemanticTokenizer":
        """The tokenizer of a checkpoint.

        Args:
            folder: written by `save`.
            clock: the one in use.
            models: the folder of the project's checkpoints, in which a trained w2v-BERT lies under
                `w2v_bert/checkpoint`; None is the folder that `folder` lies in.

        Returns:
            The tokenizer. A missing or damaged checkpoint, or one of another kind, is a V2MeowError; one made for
            another clock, or of a network that was trained again since, is a StaleError; a network that is not there is
            a MissingModelError.
        """
        saved, weights = load_checkpoint(folder, KIND, clock)
        with loading(folder):
            config = SemanticConfig.parse(saved["tokenizer"])
        features = build_features(config, clock, models or folder.parent)
        # Checkpoints of the first version have no fingerprint: they are of music features.
        if saved.get("features_fingerprint", features.fingerprint) != features.fingerprint:
            raise StaleError(
                f"{folder} was fitted on other features than the {features.name} that are here.",
                "Fit the semantic tokenizer again, and encode the clips again.",
            )
        with loading(folder):
            width = weights["mean"].shape[-1]
            shapes = {"centres": (clock.semantic_vocab, width), "mean": (width,), "scale": (width,)}
            check_shapes(weights, {**shapes, "onset": (clock.semantic_vocab,)})
            return cls(config, clock, SemanticWeights(**weights), features)
