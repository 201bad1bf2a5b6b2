"""Semantic tokenizer: k-means over frame features, one token per 40 ms (paper, "Semantic tokens").

The paper clusters a layer of w2v-BERT (`features: w2v_bert`); the default features are signal features without a
trained network. Columns are standardised, and each group of columns is then scaled to its configured weight, so that
twenty columns of timbre do not outweigh eight of rhythm. Consecutive repeats are kept (see `repeats`).
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
from v2meow_pipeline.model_store import ModelStore
from v2meow_pipeline.tokenizers.features import FrameFeatures, onset_envelope
from v2meow_pipeline.tokenizers.kmeans import nearest
from v2meow_pipeline.tokenizers.semantic_config import SemanticConfig, build_features
from v2meow_pipeline.tokenizers.semantic_fit import SemanticWeights, fit_weights
from v2meow_pipeline.tokenizers.w2v_bert.network import KIND as W2V_BERT

__all__ = ["KIND", "SemanticConfig", "SemanticTokenizer", "SemanticWeights", "onset_envelope"]

KIND = "semantic_tokenizer"


class SemanticTokenizer:
    """Semantic tokenizer; created by `fit` or `load`.

    Attributes:
        features: the frame features that are clustered.

    Args:
        config: configuration of the tokenizer.
        clock: frame rates and vocabulary size.
        weights: fitted statistics and centres.
        features: frame features that the weights were fitted on.
    """

    def __init__(self, config: SemanticConfig, clock: Clock, weights: SemanticWeights, features: FrameFeatures) -> None:
        self.config, self.clock, self.weights, self.features = config, clock, weights, features

    @classmethod
    def fit(
        cls, waves: Iterable[np.ndarray], config: SemanticConfig, clock: Clock, w2v_bert: Path | None = None
    ) -> "SemanticTokenizer":
        """Fits the tokenizer.

        Args:
            waves: mono float32 waveforms in [-1, 1] at the clock's sample rate; iterated once, or several times with
                `k_means: stream` (see `semantic_fit.fit_weights`).
            config: configuration of the tokenizer.
            clock: frame rates and vocabulary size.
            w2v_bert: checkpoint of the trained w2v-BERT; required for its features.

        Returns:
            The tokenizer.

        Raises:
            ValueError: if there are no waveforms.
            MissingModelError: if the weights of the feature network are missing.
        """
        features = build_features(config, clock, w2v_bert)
        return cls(config, clock, fit_weights(waves, features, config, clock), features)

    @property
    def fingerprint(self) -> str:
        """Fingerprint (16 hex digits) of the configuration, the clock, the features and all weights."""
        digest = hashlib.sha256(b"".join(array.tobytes() for array in self.weights)).hexdigest()
        made_for = self.clock.fingerprint_of_tokens()
        return fingerprint(self.config.model_dump(mode="json"), made_for, self.features.fingerprint, digest)

    def encode(self, wave: Float[np.ndarray, " n"]) -> Int[np.ndarray, " t_semantic"]:
        """Encodes a waveform.

        Args:
            wave: mono samples in [-1, 1] at the clock's sample rate.

        Returns:
            Tokens, int16, with `clock.semantic_frames(duration)` frames; repeats are kept.
        """
        return nearest(self.scaled_features(wave), self.weights.centres).astype(np.int16)

    def scaled_features(self, wave: Float[np.ndarray, " n"]) -> Float[np.ndarray, "t_semantic width"]:
        """Standardised and weighted features, which are assigned to the nearest centres."""
        t = self.clock.semantic_frames(len(wave) / self.clock.sample_rate_hz)
        return (self.features.compute(wave, t) - self.weights.mean) * self.weights.scale

    def onset_envelope(self, tokens: Int[np.ndarray, " t_semantic"]) -> Float[np.ndarray, " t_semantic"]:
        """Onset envelope estimated from tokens, used for tempo and beats.

        Args:
            tokens: one token per frame, 0 to vocabulary - 1.

        Returns:
            Mean onset strength of the training frames of each token, float32 >= 0.
        """
        return self.weights.onset[tokens]

    def save(self, folder: Path, fingerprint: str, trained_on: str, licence: str = "unknown") -> None:
        """Writes a checkpoint atomically.

        Args:
            folder: checkpoint directory; an existing one is replaced.
            fingerprint: fingerprint of the fit's inputs, for `checkpoint.is_current`.
            trained_on: description of the training audio.
            licence: licence of the weights.
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
    def load(cls, folder: Path, clock: Clock) -> "SemanticTokenizer":
        """Loads a tokenizer.

        Args:
            folder: checkpoint directory written by `save`; a trained w2v-BERT, if the tokenizer uses one, is loaded
                from the same models folder.
            clock: required clock.

        Returns:
            The tokenizer.

        Raises:
            V2MeowError: if the checkpoint is missing, damaged or of another kind.
            StaleError: if it was made for another clock, or the feature network has been retrained since.
            MissingModelError: if the weights of the feature network are missing.
        """
        saved, weights = load_checkpoint(folder, KIND, clock)
        with loading(folder):
            config = SemanticConfig.parse(saved["tokenizer"])
        features = build_features(config, clock, ModelStore.containing(folder).network(W2V_BERT))
        # Checkpoints of the first version have no feature fingerprint; they use music features.
        if saved.get("features_fingerprint", features.fingerprint) != features.fingerprint:
            raise StaleError(
                f"{folder} was fitted on another version of the {features.name!r} features.",
                "Fit the semantic tokenizer again, and encode the clips again.",
            )
        with loading(folder):
            width = weights["mean"].shape[-1]
            shapes = {"centres": (clock.semantic_vocab, width), "mean": (width,), "scale": (width,)}
            check_shapes(weights, {**shapes, "onset": (clock.semantic_vocab,)})
            return cls(config, clock, SemanticWeights(**weights), features)
