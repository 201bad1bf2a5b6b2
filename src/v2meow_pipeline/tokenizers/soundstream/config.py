"""Configuration of SoundStream; the defaults are small enough to train on a CPU."""

import math

from pydantic import Field, model_validator

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.discriminators import DiscriminatorsConfig
from v2meow_pipeline.networks.residual_quantizer import ResidualQuantizerConfig
from v2meow_pipeline.networks.vector_quantizer import QuantizerConfig


class SoundStreamLosses(Config):
    """Weights of the generator's losses (Zeghidour et al. 2021, equation 6).

    Attributes:
        spectral: weight of the multi-scale mel loss, which is averaged over frames and windows.
        waveform: weight of the L1 loss of samples, which EnCodec uses and the paper does not.
        commitment: weight of the commitment loss; the paper does not state it.
        adversarial: weight of the adversarial hinge loss.
        features: weight of the feature matching loss.
        discriminate_after: generator steps before the adversarial losses are used (paper: 0); steps without
            discriminators take less than half the time.
    """

    spectral: float = Field(default=1.0, gt=0)
    waveform: float = Field(default=0.0, ge=0)
    commitment: float = Field(default=1.0, ge=0)
    adversarial: float = Field(default=1.0, ge=0)
    features: float = Field(default=100.0, ge=0)
    discriminate_after: int = Field(default=2000, ge=0)


class SoundStreamConfig(Config):
    """Configuration of SoundStream; levels and codebook sizes are set by the clock.

    Attributes:
        strides: strides of the encoder blocks, whose product is the clock's hop (paper: (2, 4, 5, 8)). A long stride
            first is much cheaper, since layers at the sample rate dominate the cost.
        widths: channels before each stride, and after the last (paper: (32, 64, 128, 256, 512)).
        units: residual units before each stride (paper: 3 each); those at the sample rate cost most.
        code_width: width of the quantized vectors (D in the paper, which does not state it; 512 is the width of its
            last block).
        projected_width: width of the codes if vectors are projected before each codebook, as in DAC; None for no
            projections, as in the paper.
        normalised: whether projected codes are L2-normalised.
        decay: decay of the codebooks' moving averages (paper: 0.99, for long training).
        restart_below: a code with fewer assigned vectors per batch than this, on average, is replaced (paper: 2, with
            much larger batches).
        dropout: fraction of training examples with quantizer dropout (paper: 1).
        losses: loss weights.
        discriminators: configuration of the discriminators.
        crop_s: duration of a training example, in seconds.
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
    def _lengths_match(self) -> "SoundStreamConfig":
        blocks = len(self.strides)
        if len(self.widths) != blocks + 1 or len(self.units) != blocks:
            raise ConfigError(
                f"{blocks} strides need {blocks + 1} widths and {blocks} numbers of units, not {len(self.widths)} "
                f"and {len(self.units)}.",
                "Give the channels before each stride and after the last, and the residual units before each.",
            )
        if min(*self.widths, *self.strides) < 1 or min(self.units) < 0:
            raise ConfigError(
                "A width, stride or number of units is too small.",
                "Use positive widths and strides, and numbers of units from 0.",
            )
        return self

    def quantizer(self, clock: Clock) -> ResidualQuantizerConfig:
        """Builds the quantizer configuration for a clock.

        Args:
            clock: levels, codebook sizes and hop.

        Returns:
            Configuration of the residual quantizer.

        Raises:
            ConfigError: if the product of the strides is not the clock's hop.
        """
        if math.prod(self.strides) != clock.hop_samples:
            raise ConfigError(
                f"The strides {self.strides} give a hop of {math.prod(self.strides)} samples, but the clock's hop is "
                f"{clock.hop_samples}.",
                "Choose strides whose product is the clock's hop.",
            )
        codebook = QuantizerConfig(
            codes=clock.acoustic_vocab,
            code_width=self.projected_width,
            normalised=self.normalised,
            decay=self.decay,
            restart_below=self.restart_below,
        )
        return ResidualQuantizerConfig(levels=clock.acoustic_levels, codebook=codebook, dropout=self.dropout)
