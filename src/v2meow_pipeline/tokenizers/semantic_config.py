"""Configuration of the semantic tokenizer, and construction of its frame features."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config
from v2meow_pipeline.tokenizers.features import FrameFeatures, MusicFeatures
from v2meow_pipeline.tokenizers.hubert import HubertFeatures
from v2meow_pipeline.tokenizers.log_mel_features import LogMelFeatures
from v2meow_pipeline.tokenizers.w2v_bert.features import W2vBertFeatures
from v2meow_pipeline.tokenizers.wav2vec2_bert import Wav2Vec2BertFeatures


class SemanticConfig(Config):
    """Configuration of the semantic tokenizer.

    Attributes:
        features: features to cluster: "music" (signal features of harmony, rhythm and timbre), "w2v_bert" (the paper's,
            trained in this project), "wav2vec2_bert" or "hubert" (user-provided weights), "log_mel" (baseline).
        layer: hidden layer of a network, counted from 1; None selects the relative depth of the paper's layer 7 of 12.
            For w2v_bert it is a layer of the masked-prediction module.
        chroma_weight: weight of harmony in distances; this and the next four apply to music features only.
        onset_weight: weight of rhythm.
        envelope_weight: weight of timbre and loudness.
        onset_bands: mel bands of the onset strength.
        envelope_bands: mel bands of the envelope.
        k_means: "reservoir" fits on a sample of `max_frames` frames in memory; "stream" fits on all frames with
            mini-batch k-means.
        max_frames: size of the uniform sample of frames that the centres are fitted on, or initialised from.
        iterations: k-means iterations; for "stream", passes over the waveforms.
        batch_frames: mini-batch size in frames for "stream"; should be several times the vocabulary size.
        seed: seeds the fit.
    """

    features: Literal["music", "w2v_bert", "wav2vec2_bert", "hubert", "log_mel"] = "music"
    layer: int | None = Field(default=None, ge=1)
    chroma_weight: float = Field(default=1.0, ge=0)
    onset_weight: float = Field(default=1.0, ge=0)
    envelope_weight: float = Field(default=1.0, ge=0)
    onset_bands: int = Field(default=8, ge=1)
    envelope_bands: int = Field(default=20, ge=1)
    k_means: Literal["reservoir", "stream"] = "reservoir"
    max_frames: int = Field(default=80_000, ge=1)
    iterations: int = Field(default=8, ge=1)
    batch_frames: int = Field(default=16_384, ge=1)
    seed: int = 0


def build_features(config: SemanticConfig, clock: Clock, w2v_bert: Path | None = None) -> FrameFeatures:
    """Builds the frame features of a configuration.

    Args:
        config: configuration of the tokenizer.
        clock: frame rates.
        w2v_bert: checkpoint of the w2v-BERT that is trained in this project; required for "w2v_bert".

    Returns:
        The frame features.

    Raises:
        MissingModelError: if the weights of the network are missing.
        V2MeowError: if the network does not match the clock.
        ValueError: if `w2v_bert` is None for "w2v_bert".
    """
    if config.features == "w2v_bert":
        if w2v_bert is None:
            raise ValueError("w2v_bert features need `w2v_bert`, the checkpoint of the network.")
        return W2vBertFeatures(clock, w2v_bert, config.layer)
    if config.features == "wav2vec2_bert":
        return Wav2Vec2BertFeatures(clock, layer=config.layer)
    if config.features == "hubert":
        return HubertFeatures(clock, layer=config.layer)
    if config.features == "log_mel":
        return LogMelFeatures(clock)
    weights = (config.chroma_weight, config.onset_weight, config.envelope_weight)
    return MusicFeatures(clock, config.onset_bands, config.envelope_bands, weights)
