"""The semantic tokenizer: k-means over frame features, one token each 40 ms (paper, "Semantic tokens").

The paper clusters a layer of w2v-BERT; here the features are measured from the sound (`features.MusicFeatures`). Each
column is standardised, then each group of columns gets the weight that the configuration says, so that twenty columns
of timbre do not drown eight of rhythm.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from pydantic import Field

from v2meow_pipeline.checkpoint import load_checkpoint, save_checkpoint
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config, fingerprint
from v2meow_pipeline.networks.mel_filters import mel_filters
from v2meow_pipeline.progress import track
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.tokenizers.features import ONSET_WINDOW, FeatureGroup, FrameFeatures, MusicFeatures, onset_strength
from v2meow_pipeline.tokenizers.kmeans import fit_centres, nearest
from v2meow_pipeline.tokenizers.reservoir import Reservoir

KIND = "semantic_tokenizer"
ONSET_BANDS = 8


class SemanticConfig(Config):
    """How semantic tokens are made.

    Attributes:
        chroma_weight: of harmony in distances.
        onset_weight: of rhythm.
        envelope_weight: of timbre and loudness.
        onset_bands: bands of the onset strength.
        envelope_bands: bands of the envelope.
        max_frames: frames that the centres are fitted on, drawn evenly from all waves.
        iterations: of k-means over all of them.
        seed: of everything drawn while fitting.
    """

    chroma_weight: float = Field(1.0, ge=0)
    onset_weight: float = Field(1.0, ge=0)
    envelope_weight: float = Field(1.0, ge=0)
    onset_bands: int = Field(8, ge=1)
    envelope_bands: int = Field(20, ge=1)
    max_frames: int = Field(80_000, ge=1)
    iterations: int = Field(8, ge=1)
    seed: int = 0


class SemanticWeights(NamedTuple):
    """What is fitted.

    Attributes:
        mean: of each feature.
        scale: what each feature is multiplied by, once the mean is taken off.
        centres: of the scaled features.
        onset: mean onset strength of the frames that each token stands for.
    """

    mean: Float[np.ndarray, " width"]
    scale: Float[np.ndarray, " width"]
    centres: Float[np.ndarray, "token width"]
    onset: Float[np.ndarray, " token"]


class SemanticTokenizer:
    """Waveform to semantic tokens; made by `fit` or `load`.

    Args:
        config: as fitted.
        clock: rates and vocabulary.
        weights: what was fitted.
    """

    def __init__(self, config: SemanticConfig, clock: Clock, weights: SemanticWeights) -> None:
        self.config, self.clock, self.weights = config, clock, weights
        self._features = build_features(config, clock)

    @classmethod
    def fit(cls, waves: Iterable[np.ndarray], config: SemanticConfig, clock: Clock) -> "SemanticTokenizer":
        """Centres fitted on a sample of frames.

        Args:
            waves: mono float32 waves in [-1, 1] at the clock's rate; read once.
            config: what to fit.
            clock: rates and vocabulary.

        Returns:
            The tokenizer. No waves is a ValueError.
        """
        features = build_features(config, clock)
        reservoir = Reservoir(config.max_frames, derive_seed(config.seed, "semantic", "reservoir"))
        for wave in track(waves, "semantic frames"):
            t = clock.semantic_frames(len(wave) / clock.sample_rate_hz)
            onset = onset_envelope(wave, clock)[:, None]
            reservoir.add(np.concatenate([features.compute(wave, t), onset], axis=1))
        kept = reservoir.rows()
        rows, onset = kept[:, :-1], kept[:, -1]
        mean = rows.mean(0)
        scale = _scale(rows.std(0), features.groups)
        scaled = (rows - mean) * scale
        seed = derive_seed(config.seed, "semantic", "k-means")
        centres = fit_centres(scaled, clock.semantic_vocab, seed, full_iterations=config.iterations)
        tokens = nearest(scaled, centres)
        counts = np.bincount(tokens, minlength=clock.semantic_vocab)
        sums = np.bincount(tokens, weights=onset, minlength=clock.semantic_vocab)
        return cls(
            config, clock, SemanticWeights(mean, scale, centres, (sums / np.maximum(counts, 1)).astype(np.float32))
        )

    @property
    def fingerprint(self) -> str:
        """16 hex digits of the configuration, the clock and every weight."""
        digest = hashlib.sha256(b"".join(array.tobytes() for array in self.weights))
        return fingerprint(self.config.model_dump(mode="json"), self.clock.fingerprint_of_tokens(), digest.hexdigest())

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
        return (self._features.compute(wave, t) - self.weights.mean) * self.weights.scale

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
            "features": self._features.name,
            "tokenizer": self.config.model_dump(mode="json"),
            "trained_on": trained_on,
            "licence": licence,
        }
        save_checkpoint(folder, config, self.weights._asdict())

    @classmethod
    def load(cls, folder: Path, clock: Clock) -> "SemanticTokenizer":
        """The tokenizer of a checkpoint.

        Args:
            folder: written by `save`.
            clock: the one in use.

        Returns:
            The tokenizer. A missing or damaged checkpoint, or one of another kind, is a V2MeowError; one made for
            another clock is a StaleError.
        """
        config, weights = load_checkpoint(folder, KIND, clock)
        return cls(SemanticConfig.parse(config["tokenizer"]), clock, SemanticWeights(**weights))


def build_features(config: SemanticConfig, clock: Clock) -> FrameFeatures:
    """The features that a configuration asks for."""
    weights = (config.chroma_weight, config.onset_weight, config.envelope_weight)
    return MusicFeatures(clock, config.onset_bands, config.envelope_bands, weights)


def onset_envelope(wave: Float[np.ndarray, " n"], clock: Clock) -> Float[np.ndarray, " t_semantic"]:
    """Onset strength of a wave at the rate of semantic tokens: the truth beside `SemanticTokenizer.onset_envelope`."""
    t = clock.semantic_frames(len(wave) / clock.sample_rate_hz)
    filters = mel_filters(ONSET_BANDS, ONSET_WINDOW, clock.sample_rate_hz)
    hop = clock.sample_rate_hz // clock.semantic_hz
    return onset_strength(wave, t, hop, clock.sample_rate_hz, filters).mean(1)


def _scale(spread: Float[np.ndarray, " width"], groups: tuple[FeatureGroup, ...]) -> Float[np.ndarray, " width"]:
    """What gives each column unit variance, and each group as much variance in all as the square of its weight."""
    scale = np.zeros_like(spread)
    for group in groups:
        columns = slice(group.start, group.stop)
        scale[columns] = group.weight / np.sqrt(group.stop - group.start) / np.maximum(spread[columns], 1e-6)
    return scale
