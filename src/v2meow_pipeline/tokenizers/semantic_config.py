"""How semantic tokens are made, and the features that a configuration asks for."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config
from v2meow_pipeline.tokenizers.features import FrameFeatures, MusicFeatures
from v2meow_pipeline.tokenizers.hubert import HubertFeatures
from v2meow_pipeline.tokenizers.log_mel_features import LogMelFeatures
from v2meow_pipeline.tokenizers.w2v_bert.features import W2vBertFeatures
from v2meow_pipeline.tokenizers.w2v_bert.network import KIND
from v2meow_pipeline.tokenizers.wav2vec2_bert import Wav2Vec2BertFeatures


class SemanticConfig(Config):
    """How semantic tokens are made.

    Attributes:
        features: what is clustered: "music" (harmony, beat and timbre, measured), "w2v_bert" (the paper's: trained
            here), "wav2vec2_bert" or "hubert" (from a folder that a person fills), "log_mel" (to compare with).
        layer: hidden layer of a network, counted from 1; None is as far up as the paper's 7 of 12. For w2v_bert it is
            a layer of the masked-prediction module.
        chroma_weight: of harmony in distances, for music features; likewise the next four.
        onset_weight: of rhythm.
        envelope_weight: of timbre and loudness.
        onset_bands: bands of the onset strength.
        envelope_bands: bands of the envelope.
        k_means: "reservoir" fits on `max_frames` frames in memory; "stream" on all frames, a mini-batch at a time.
        max_frames: frames drawn evenly from all waves, that the centres are fitted on, or start from.
        iterations: of k-means over all of them; for "stream", how often the waves are gone through.
        batch_frames: frames of a mini-batch, for "stream"; best several times as many as tokens.
        seed: of everything drawn while fitting.
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


def build_features(config: SemanticConfig, clock: Clock, models: Path | None = None) -> FrameFeatures:
    """The features that a configuration asks for.

    Args:
        config: names them.
        clock: the one in use.
        models: the folder that the project's checkpoints lie in; w2v-BERT is its `w2v_bert/checkpoint`.

    Returns:
        The features. A network that is not there is a MissingModelError; one that does not fit the clock is another
        V2MeowError. w2v_bert without a folder is a ValueError.
    """
    if config.features == "w2v_bert":
        if models is None:
            raise ValueError("w2v_bert needs the folder of its checkpoint.")
        return W2vBertFeatures(clock, w2v_bert_folder(models), config.layer)
    if config.features == "wav2vec2_bert":
        return Wav2Vec2BertFeatures(clock, layer=config.layer)
    if config.features == "hubert":
        return HubertFeatures(clock, layer=config.layer)
    if config.features == "log_mel":
        return LogMelFeatures(clock)
    weights = (config.chroma_weight, config.onset_weight, config.envelope_weight)
    return MusicFeatures(clock, config.onset_bands, config.envelope_bands, weights)


def w2v_bert_folder(models: Path) -> Path:
    """Where the trained w2v-BERT lies below the folder of checkpoints."""
    return models / KIND / "checkpoint"
