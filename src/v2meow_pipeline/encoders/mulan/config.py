"""Sizes and training noise of MuLan's two towers."""

from typing import Literal

from pydantic import Field, model_validator

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError

Pooling = Literal["mean", "cls"]


class TransformerConfig(Config):
    """One stack of Transformer blocks.

    Attributes:
        layers: blocks.
        width: of the residual stream.
        heads: of the attention; they share the width evenly.
        feed_forward: width of the inner layer.
        dropout: of each branch before it is added, in training.
        pooling: whether the sequence becomes one vector by its mean or by an extra first element ("cls").
    """

    layers: int = Field(default=3, ge=1)
    width: int = Field(default=128, ge=1)
    heads: int = Field(default=4, ge=1)
    feed_forward: int = Field(default=512, ge=1)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    pooling: Pooling = "mean"

    @model_validator(mode="after")
    def _heads_divide(self) -> "TransformerConfig":
        if self.width % self.heads:
            raise ConfigError(f"{self.heads} heads cannot share a width of {self.width}.", "Choose a divisor.")
        return self


class SoundConfig(Config):
    """The audio tower: a log-mel spectrogram in patches, and a Transformer over them.

    Attributes:
        transformer: over the patches.
        sample_rate_hz: of the waveform; other rates are resampled.
        segment_s: what is heard at once, seconds; a longer wave's segments are averaged.
        bands: mel bands from 0 Hz to half the sample rate.
        window: samples of a spectrum.
        hop: samples between spectra.
        patch: bands and frames of a patch, which is square.
        stride: between patches in both directions; less than `patch` makes them overlap.
        kept_patches: share of the patches that a training step sees (Koutini et al. 2022, "Efficient training of audio
            transformers with patchout"); its cost falls with it.
        masked_bands: widest band that SpecAugment (Park et al. 2019) hides in training; 0 hides none.
        masked_frames: longest stretch that it hides; 0 hides none.
    """

    transformer: TransformerConfig = TransformerConfig()
    sample_rate_hz: int = Field(default=16_000, gt=0)
    segment_s: float = Field(default=10.0, gt=0)
    bands: int = Field(default=128, ge=1)
    window: int = Field(default=1024, ge=2)
    hop: int = Field(default=160, ge=1)
    patch: int = Field(default=16, ge=1)
    stride: int = Field(default=16, ge=1)
    kept_patches: float = Field(default=0.25, gt=0, le=1)
    masked_bands: int = Field(default=24, ge=0)
    masked_frames: int = Field(default=100, ge=0)

    @model_validator(mode="after")
    def _patches_fit(self) -> "SoundConfig":
        if min(self.grid) < 1 or self.masked_bands > self.bands or self.masked_frames > self.frames:
            raise ConfigError(
                f"{self.bands} bands and {self.frames} frames are less than a patch of {self.patch} or than a mask.",
                "Take smaller patches and masks, or longer segments.",
            )
        return self

    @property
    def segment_samples(self) -> int:
        """Samples of a segment: 160,000."""
        return round(self.segment_s * self.sample_rate_hz)

    @property
    def frames(self) -> int:
        """Spectra of a segment: 1,000."""
        return self.segment_samples // self.hop

    @property
    def grid(self) -> tuple[int, int]:
        """Patches of a segment along its bands and along time: (8, 62)."""
        return (self.bands - self.patch) // self.stride + 1, (self.frames - self.patch) // self.stride + 1


class TextConfig(Config):
    """The text tower.

    Attributes:
        kind: "own" learns everything from the captions, from word pieces up; "minilm" is one hidden layer over the
            vectors of the frozen MiniLM, which knows English before it sees a caption.
        transformer: of the own tower.
        max_pieces: word pieces that are read of a text by the own tower.
        hidden_pieces: share of the word pieces that the own tower cannot see in training.
        hidden: width of the layer over MiniLM.
        dropout: of that layer, in training.
    """

    kind: Literal["own", "minilm"] = "minilm"
    transformer: TransformerConfig = TransformerConfig(layers=2)
    max_pieces: int = Field(default=64, ge=3, le=512)
    hidden_pieces: float = Field(default=0.15, ge=0, lt=1)
    hidden: int = Field(default=256, ge=1)
    dropout: float = Field(default=0.4, ge=0, lt=1)


class MulanConfig(Config):
    """Both towers and their loss; the default trains on a CPU in minutes.

    Attributes:
        sound: the audio tower.
        text: the text tower.
        width: of the joint space.
        decoupled: whether a pair is left out of the sum that it is compared with (Yeh et al. 2022, "Decoupled
            contrastive learning"), which learns more from small batches.
        temperature: of the softmax at the start; it is learned.
    """

    sound: SoundConfig = SoundConfig()
    text: TextConfig = TextConfig()
    width: int = Field(default=128, ge=1)
    decoupled: bool = False
    temperature: float = Field(default=0.07, gt=0)

    @classmethod
    def paper(cls) -> "MulanConfig":
        """MuLan's own sizes (Huang et al. 2022, section 3): AST-base and BERT-base, 12 layers of width 768 each.

        The patches overlap by six as in AST (Gong et al. 2021). The paper starts both towers from public checkpoints
        (ImageNet, English text) and trains on 44 million recordings; from random weights on less this overfits.

        Returns:
            195 million weights, to be trained on accelerators.
        """
        base = TransformerConfig(layers=12, width=768, heads=12, feed_forward=3072, pooling="cls")
        sound = SoundConfig(transformer=base, stride=10, kept_patches=1.0, masked_bands=48, masked_frames=192)
        return cls(sound=sound, text=TextConfig(kind="own", transformer=base, max_pieces=512))
