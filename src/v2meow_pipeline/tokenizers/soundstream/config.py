"""Sizes and losses of SoundStream; the defaults are small enough to be trained on a CPU."""

import math

from pydantic import Field, model_validator

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.discriminators import DiscriminatorsConfig
from v2meow_pipeline.networks.residual_quantizer import ResidualQuantizerConfig
from v2meow_pipeline.networks.vector_quantizer import QuantizerConfig


class SoundStreamLosses(Config):
    """The weight of each of the generator's losses (Zeghidour et al. 2021, equation 6), and when they begin.

    Attributes:
        spectral: of the multi-scale mel loss, which is a mean over frames and windows.
        waveform: of the mean absolute difference of samples, which the paper leaves out and EnCodec has.
        commitment: of how far vectors lie from their codes. The paper names no weight.
        adversarial: of the hinge loss.
        features: of feature matching.
        discriminate_after: steps before the discriminators, and both losses that come of them, take part; the paper's
            do from the start. Without them a step costs less than half.
    """

    spectral: float = Field(default=1.0, gt=0)
    waveform: float = Field(default=0.0, ge=0)
    commitment: float = Field(default=1.0, ge=0)
    adversarial: float = Field(default=1.0, ge=0)
    features: float = Field(default=100.0, ge=0)
    discriminate_after: int = Field(default=2000, ge=0)


class SoundStreamConfig(Config):
    """SoundStream; levels and codes are the clock's.

    Attributes:
        strides: of the encoder's blocks, first to last; their product is the clock's hop. The paper has (2, 4, 5, 8);
            a long stride first is much cheaper, since most of the work is done at the wave's own rate.
        widths: channels before each stride, and after the last. The paper has (32, 64, 128, 256, 512).
        units: residual units before each stride. The paper has 3 before each; those at the wave's own rate cost most.
        code_width: of the vectors that are quantized. The paper calls it D and does not state it; 512 keeps the width
            of the last block.
        projected_width: of the codes where vectors are projected before each codebook (as DAC does); None quantizes
            them as they are, as the paper does.
        normalised: whether projected codes lie on the unit sphere.
        decay: share of a codebook's moving average that a step keeps. The paper has 0.99, for long training.
        restart_below: a code that fewer vectors a batch fall to, on average, starts anew. The paper has 2, with batches
            many times larger.
        dropout: share of the training examples that are rebuilt from a random number of levels. The paper has 1.
        losses: weights.
        discriminators: which there are.
        crop_s: length of a training example, seconds.
    """

    strides: tuple[int, ...] = (8, 5, 4, 2)
    widths: tuple[int, ...] = (8, 24, 64, 128, 256)
    units: tuple[int, ...] = (1, 2, 3, 3)
    code_width: int = Field(default=128, gt=0)
    projected_width: int | None = Field(default=None, gt=0)
    normalised: bool = False
    decay: float = Field(default=0.95, gt=0, lt=1)
    restart_below: float = Field(default=0.1, ge=0)
    dropout: float = Field(default=0.5, ge=0, le=1)
    losses: SoundStreamLosses = Field(default_factory=SoundStreamLosses)
    discriminators: DiscriminatorsConfig = Field(default_factory=DiscriminatorsConfig)
    crop_s: float = Field(default=1.0, gt=0)

    @model_validator(mode="after")
    def _a_block_to_each_stride(self) -> "SoundStreamConfig":
        blocks = len(self.strides)
        if len(self.widths) != blocks + 1 or len(self.units) != blocks:
            raise ConfigError(
                f"{blocks} strides need {blocks + 1} widths and {blocks} numbers of units, not {len(self.widths)} "
                f"and {len(self.units)}.",
                "Give the channels before each stride and after the last, and the residual units before each.",
            )
        if min(*self.widths, *self.strides) < 1 or min(self.units) < 0:
            raise ConfigError("A width, stride or number of units is too small.", "Widths and strides are positive.")
        return self

    def quantizer(self, clock: Clock) -> ResidualQuantizerConfig:
        """The codebooks that the clock asks for.

        Args:
            clock: levels, codes and the hop.

        Returns:
            Their configuration.

        Raises:
            ConfigError: when the strides do not make the clock's hop.
        """
        if math.prod(self.strides) != clock.hop_samples:
            raise ConfigError(
                f"The strides {self.strides} make a hop of {math.prod(self.strides)} samples, the clock has one of "
                f"{clock.hop_samples}.",
                "Choose strides with the clock's hop as their product.",
            )
        codebook = QuantizerConfig(
            codes=clock.acoustic_vocab,
            code_width=self.projected_width,
            normalised=self.normalised,
            decay=self.decay,
            restart_below=self.restart_below,
        )
        return ResidualQuantizerConfig(levels=clock.acoustic_levels, codebook=codebook, dropout=self.dropout)
