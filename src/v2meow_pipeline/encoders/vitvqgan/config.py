"""Configuration of ViT-VQGAN: a small default, and the paper's sizes."""

from typing import Literal

from pydantic import Field, model_validator

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.vector_quantizer import QuantizerConfig


class ViTConfig(Config):
    """Configuration of a Vision Transformer (encoder or decoder).

    Attributes:
        width: width of the residual stream.
        layers: number of blocks.
        heads: attention heads, a divisor of `width`.
        feed_forward: inner width of the feed-forward blocks and of the two-layer head.
        activation: activation of the feed-forward blocks; the head always has tanh, as in the paper.
    """

    width: int = Field(default=128, gt=0)
    layers: int = Field(default=3, gt=0)
    heads: int = Field(default=4, gt=0)
    feed_forward: int = Field(default=512, gt=0)
    activation: Literal["gelu", "tanh"] = "gelu"

    @model_validator(mode="after")
    def _heads_divide(self) -> "ViTConfig":
        if self.width % self.heads:
            problem = f"The width {self.width} is not divisible by {self.heads} heads."
            raise ConfigError(problem, "Set width to a multiple of heads.")
        return self


class LossConfig(Config):
    """Loss weights; 0 disables a loss. Images have values in [0, 1].

    The paper also has a perceptual loss of VGG features with weight 0.1. No package contains those weights, so
    `gradient` is used instead: it penalises blurred edges, which the squared error hardly does.

    Attributes:
        l1: weight of the mean absolute error.
        l2: weight of the mean squared error.
        logit_laplace: weight of the negative log-likelihood under a logit-Laplace distribution, in nats per value.
        gradient: weight of the mean absolute error of differences between neighbouring pixels, at three scales.
        commitment: weight of the commitment loss.
        adversarial: weight of the adversarial loss; if positive, a patch discriminator is trained.
        discriminator_width: channels of the discriminator's first layer; the next layers have two and four times as
            many.
    """

    l1: float = Field(default=0.0, ge=0)
    l2: float = Field(default=1.0, ge=0)
    logit_laplace: float = Field(default=0.0, ge=0)
    gradient: float = Field(default=0.1, ge=0)
    commitment: float = Field(default=0.25, ge=0)
    adversarial: float = Field(default=0.0, ge=0)
    discriminator_width: int = Field(default=32, gt=0)

    @model_validator(mode="after")
    def _reconstructs(self) -> "LossConfig":
        if not (self.l1 or self.l2 or self.logit_laplace):
            problem = "The weights l1, l2 and logit_laplace are all 0, so there is no reconstruction loss."
            raise ConfigError(problem, "Set at least one of them above 0.")
        return self


class ViTVQGANConfig(Config):
    """Configuration of a ViT-VQGAN; the defaults are for a laptop, with 10 x 64 tokens per clip.

    Attributes:
        size_px: side of the square images.
        patch_px: side of a patch (one token), a divisor of `size_px`.
        encoder: configuration of the encoder.
        decoder: configuration of the decoder.
        quantizer: configuration of the codebook; factorised and normalised in the paper.
        losses: loss weights.
    """

    size_px: int = Field(default=64, gt=0)
    patch_px: int = Field(default=8, gt=0)
    encoder: ViTConfig = ViTConfig()
    decoder: ViTConfig = ViTConfig()
    # A batch of 16 images has 1,024 vectors for 8,192 codes: with a higher decay or restart_below the codebook
    # collapses to ten codes.
    quantizer: QuantizerConfig = QuantizerConfig(
        codes=8192, code_width=32, normalised=True, decay=0.9, restart_below=0.02
    )
    losses: LossConfig = LossConfig()

    @model_validator(mode="after")
    def _patches_fit(self) -> "ViTVQGANConfig":
        if self.size_px % self.patch_px:
            problem = f"Patches of {self.patch_px} px do not fill an image of {self.size_px} px."
            raise ConfigError(problem, "Set size_px to a multiple of patch_px.")
        return self

    @property
    def grid(self) -> int:
        """Tokens per side."""
        return self.size_px // self.patch_px

    @property
    def tokens(self) -> int:
        """Tokens per image."""
        return self.grid**2


def paper_config() -> ViTVQGANConfig:
    """ViT-VQGAN-Base as published: 256 px, 1,024 tokens of 8,192 codes (Yu et al. 2022, sections 3 and 4, table 1).

    12 blocks, 12 heads, width 768, feed-forward 3,072 in encoder and decoder; L2-normalised codes of width 32; loss
    weights 1.0 L2, 0.1 logit-Laplace, 0.1 adversarial, 0.25 commitment. Trained on batches of 256 images for 500,000
    steps with AdamW (0.9, 0.99), weight decay 1e-4, learning rate 1e-4 after 50,000 steps of warm-up, cosine decay to
    5e-5.

    The published commitment loss sums over the 32 dimensions of a code and ours averages, hence 32 times the weight.
    The paper's perceptual loss of weight 0.1 is replaced by `gradient`, and StyleGAN's discriminator by a patch
    discriminator.

    Returns:
        The configuration.
    """
    vit = ViTConfig(width=768, layers=12, heads=12, feed_forward=3072)
    return ViTVQGANConfig(
        size_px=256,
        patch_px=8,
        encoder=vit,
        decoder=vit,
        quantizer=QuantizerConfig(codes=8192, code_width=32, normalised=True, restart_below=0.1),
        losses=LossConfig(
            l2=1.0, logit_laplace=0.1, gradient=0.1, commitment=0.25 * 32, adversarial=0.1, discriminator_width=64
        ),
    )
