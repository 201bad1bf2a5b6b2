"""Sizes and losses of a ViT-VQGAN: the embedded default, and the paper's."""

from typing import Literal

from pydantic import Field, model_validator

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.vector_quantizer import QuantizerConfig


class ViTConfig(Config):
    """One Vision Transformer: the encoder, or the decoder.

    Attributes:
        width: of the residual stream.
        layers: Transformer blocks.
        heads: attention heads; they divide the width.
        feed_forward: inner width of the feed-forward blocks, and of the two-layer head at the end.
        activation: of the feed-forward blocks; the head has tanh, as in the paper.
    """

    width: int = Field(default=128, gt=0)
    layers: int = Field(default=3, gt=0)
    heads: int = Field(default=4, gt=0)
    feed_forward: int = Field(default=512, gt=0)
    activation: Literal["gelu", "tanh"] = "gelu"

    @model_validator(mode="after")
    def _heads_divide(self) -> "ViTConfig":
        if self.width % self.heads:
            problem = f"A width of {self.width} cannot be shared by {self.heads} heads."
            raise ConfigError(problem, "Choose a width that is a multiple of heads.")
        return self


class LossConfig(Config):
    """Weights of the losses; 0 leaves one out. Pictures have values in [0, 1].

    The paper also has a perceptual loss, 0.1 of the distance between VGG features. Those weights belong to no package,
    so `gradient` takes its part: it punishes blurred edges, which the squared error hardly sees.

    Attributes:
        l1: of the mean absolute error.
        l2: of the mean squared error.
        logit_laplace: of the negative log-likelihood under a logit-Laplace distribution, nats a value.
        gradient: of the mean absolute error of differences between neighbouring pixels, at three scales.
        commitment: of the mean squared distance between vectors and their codes.
        adversarial: of the loss against a discriminator of patches; above 0 a second group is trained.
        discriminator_width: channels of the discriminator's first layer; the following have twice and four times as
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
            problem = "Without l1, l2 and logit_laplace nothing asks for the same picture."
            raise ConfigError(problem, "Give one of them a weight.")
        return self


class ViTVQGANConfig(Config):
    """A ViT-VQGAN and how it is trained; the defaults are the embedded ones, for a laptop and 10 x 64 tokens a clip.

    Attributes:
        size_px: side of the square pictures.
        patch_px: side of the square that one token stands for; it divides the picture.
        encoder: of pictures.
        decoder: of tokens.
        quantizer: the codebook; factorised and normalised in the paper.
        losses: what training minimises.
    """

    size_px: int = Field(default=64, gt=0)
    patch_px: int = Field(default=8, gt=0)
    encoder: ViTConfig = ViTConfig()
    decoder: ViTConfig = ViTConfig()
    # A batch of 16 pictures has 1,024 vectors for 8,192 codes: with slower averages or later restarts ten stay alive.
    quantizer: QuantizerConfig = QuantizerConfig(
        codes=8192, code_width=32, normalised=True, decay=0.9, restart_below=0.02
    )
    losses: LossConfig = LossConfig()

    @model_validator(mode="after")
    def _patches_fit(self) -> "ViTVQGANConfig":
        if self.size_px % self.patch_px:
            problem = f"Patches of {self.patch_px} px do not fill a picture of {self.size_px} px."
            raise ConfigError(problem, "Choose a size that is a multiple of the patch.")
        return self

    @property
    def grid(self) -> int:
        """Tokens in a row, and in a column."""
        return self.size_px // self.patch_px

    @property
    def tokens(self) -> int:
        """Tokens of a picture."""
        return self.grid**2


def paper_config() -> ViTVQGANConfig:
    """ViT-VQGAN-Base as published: 256 px, 1,024 tokens of 8,192 a picture (Yu et al. 2022, sections 3 and 4, table 1).

    12 blocks, 12 heads, width 768, feed-forward 3,072 in encoder and decoder; codes of width 32 on the unit sphere;
    losses 1.0 L2, 0.1 logit-Laplace, 0.1 adversarial, commitment 0.25. Trained on batches of 256 pictures for 500,000
    steps with AdamW (0.9, 0.99), weight decay 1e-4, learning rate 1e-4 after 50,000 steps of warm-up, cosine decay to
    5e-5.

    The published loss adds squared distances over the 32 dimensions of a code; ours averages them, hence 32 times the
    weight. Where the paper has a perceptual loss of weight 0.1 this has `gradient`, and a patch discriminator in place
    of StyleGAN's.

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
