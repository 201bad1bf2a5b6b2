"""Configuration of MuLan: both towers, their training augmentations and the loss."""

from typing import Literal

from pydantic import Field, model_validator

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError

Pooling = Literal["mean", "cls"]


class TransformerConfig(Config):
    """Configuration of a Transformer encoder.

    Attributes:
        layers: number of blocks.
        width: width of the residual stream.
        heads: attention heads, a divisor of `width`.
        feed_forward: inner width of the feed-forward blocks.
        dropout: dropout probability of each residual branch.
        pooling: pooling of the sequence: "mean", or an extra first element ("cls").
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
            raise ConfigError(
                f"The width {self.width} is not divisible by {self.heads} heads.", "Set width to a multiple of heads."
            )
        return self


class SoundConfig(Config):
    """Configuration of the audio tower: a Transformer over patches of a log-mel spectrogram.

    Attributes:
        transformer: configuration of the Transformer.
        sample_rate_hz: sample rate; waveforms with other rates are resampled.
        segment_s: duration of a segment in seconds; the embeddings of a longer waveform's segments are averaged.
        bands: mel bands from 0 Hz to the Nyquist frequency.
        window: window length in samples.
        hop: hop length in samples.
        patch: side of a patch, in bands and frames.
        stride: stride of the patches in both directions; patches overlap if it is less than `patch`.
        kept_patches: fraction of patches used in training (Koutini et al. 2022, "Efficient training of audio
            transformers with patchout"), which reduces the cost.
        masked_bands: maximum number of bands masked by SpecAugment (Park et al. 2019) in training; 0 for none.
        masked_frames: maximum number of frames masked by SpecAugment in training; 0 for none.
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
                f"A patch of {self.patch} or a mask is larger than the spectrogram of {self.bands} bands and "
                f"{self.frames} frames.",
                "Lower patch, masked_bands or masked_frames, or raise bands or segment_s.",
            )
        return self

    @property
    def segment_samples(self) -> int:
        """Samples per segment (160,000 by default)."""
        return round(self.segment_s * self.sample_rate_hz)

    @property
    def frames(self) -> int:
        """Spectrogram frames per segment (1,000 by default)."""
        return self.segment_samples // self.hop

    @property
    def grid(self) -> tuple[int, int]:
        """Patches per segment along bands and time ((8, 62) by default)."""
        return (self.bands - self.patch) // self.stride + 1, (self.frames - self.patch) // self.stride + 1


class TextConfig(Config):
    """Configuration of the text tower.

    Attributes:
        kind: "own" is a Transformer over word pieces, trained on the captions from scratch; "minilm" is a network with
            one hidden layer over embeddings of the frozen MiniLM.
        transformer: configuration of the Transformer of "own".
        max_pieces: maximum number of word pieces, for "own".
        hidden_pieces: fraction of word pieces that are masked in training, for "own".
        hidden: width of the hidden layer, for "minilm".
        dropout: dropout probability of the hidden layer, for "minilm".
    """

    kind: Literal["own", "minilm"] = "minilm"
    transformer: TransformerConfig = TransformerConfig(layers=2)
    max_pieces: int = Field(default=64, ge=3, le=512)
    hidden_pieces: float = Field(default=0.15, ge=0, lt=1)
    hidden: int = Field(default=256, ge=1)
    dropout: float = Field(default=0.4, ge=0, lt=1)


class MulanConfig(Config):
    """Configuration of both towers and their loss; the default trains on a CPU in minutes.

    Attributes:
        sound: configuration of the audio tower.
        text: configuration of the text tower.
        width: width of the joint space.
        decoupled: whether to exclude the positive pair from the denominator (Yeh et al. 2022, "Decoupled contrastive
            learning"), which is more efficient with small batches.
        temperature: initial temperature of the softmax, which is learned.
    """

    sound: SoundConfig = SoundConfig()
    text: TextConfig = TextConfig()
    width: int = Field(default=128, ge=1)
    decoupled: bool = False
    temperature: float = Field(default=0.07, gt=0)

    @classmethod
    def paper(cls) -> "MulanConfig":
        """Sizes of the MuLan paper (Huang et al. 2022, section 3): AST-base and BERT-base, 12 layers of width 768 each.

        Patches overlap by six as in AST (Gong et al. 2021). The paper initialises both towers from public checkpoints
        (ImageNet, English text) and trains on 44 million recordings; random weights and less data overfit.

        Returns:
            Configuration with 195 million parameters, for training on accelerators.
        """
        base = TransformerConfig(layers=12, width=768, heads=12, feed_forward=3072, pooling="cls")
        sound = SoundConfig(transformer=base, stride=10, kept_patches=1.0, masked_bands=48, masked_frames=192)
        return cls(sound=sound, text=TextConfig(kind="own", transformer=base, max_pieces=512))
