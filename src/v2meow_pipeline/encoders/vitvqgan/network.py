"""ViT-VQGAN network: images to tokens and back (Yu et al. 2022, section 3).

Images are split into patches, encoded, quantized and decoded. The decoder returns logits, whose sigmoid maps 0.1 to
black and 0.9 to white, the range used by the logit-Laplace distribution (Ramesh et al. 2021, appendix A.3).

Shapes: `batch` images, `size` pixels per side, `token` patches in row-major order, `width` width of encoder or decoder.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from v2meow_pipeline.encoders.vitvqgan.blocks import VisionTransformer, initialise
from v2meow_pipeline.encoders.vitvqgan.config import ViTVQGANConfig
from v2meow_pipeline.encoders.vitvqgan.patches import patchify, unpatchify
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.vector_quantizer import VectorQuantizer

COLOURS = 3
MARGIN = 0.1  # sigmoid values: black is 0.1, white is 0.9


class Reconstruction(NamedTuple):
    """Output of the network.

    Attributes:
        logits: logits of the reconstructed images (see `to_picture`).
        tokens: codebook indices.
        commitment: commitment loss of the quantizer.
    """

    logits: Float[Tensor, "batch 3 size size"]
    tokens: Int[Tensor, "batch token"]
    commitment: Float[Tensor, ""]


class ViTVQGAN(nn.Module):
    """Vector-quantized autoencoder with Vision Transformers."""

    def __init__(self, config: ViTVQGANConfig) -> None:
        """Builds the network with random weights; the codebook is initialised from the first training batch.

        Args:
            config: configuration of the network; the loss weights are not used.
        """
        super().__init__()
        self.config = config
        values = COLOURS * config.patch_px**2
        self.embed = nn.Linear(values, config.encoder.width)
        self.encoder = VisionTransformer(config.encoder, config.grid, config.encoder.width)
        self.quantizer = VectorQuantizer(config.encoder.width, config.quantizer)
        self.widen = nn.Linear(config.encoder.width, config.decoder.width)
        self.decoder = VisionTransformer(config.decoder, config.grid, values)
        for layer in (self.embed, self.widen):
            initialise(layer)
        if isinstance(self.quantizer.into, nn.Linear):
            nn.init.zeros_(self.quantizer.into.bias)  # after L2 normalisation, a bias would give a common direction

    def forward(self, images: Float[Tensor, "batch 3 size size"]) -> Reconstruction:
        """Encodes and decodes images in [0, 1] with straight-through gradients; in training, updates the codebook."""
        quantized = self.quantizer(self._vectors(images))
        return Reconstruction(self._logits(quantized.vectors), quantized.codes, quantized.commitment)

    def encode(self, images: Float[Tensor, "batch 3 size size"]) -> Int[Tensor, "batch token"]:
        """Encodes images to tokens.

        Args:
            images: images in [0, 1].

        Returns:
            Codebook indices in row-major order.

        Raises:
            ConfigError: if the images do not have the network's image size.
        """
        return self.quantizer.encode(self._vectors(images))

    def decode(self, tokens: Int[Tensor, "batch token"]) -> Float[Tensor, "batch 3 size size"]:
        """Decodes tokens to images in [0, 1]."""
        return to_picture(self._logits(self.quantizer.decode(tokens)))

    def _vectors(self, images: Float[Tensor, "batch 3 size size"]) -> Float[Tensor, "batch token width"]:
        size = self.config.size_px
        if images.shape[-2:] != (size, size):
            actual = " x ".join(map(str, images.shape[-2:]))
            raise ConfigError(
                f"This ViT-VQGAN needs images of {size} x {size} pixels, not {actual}.", "Resize the images."
            )
        return self.encoder(self.embed(patchify(2 * images - 1, self.config.patch_px)))

    def _logits(self, vectors: Float[Tensor, "batch token width"]) -> Float[Tensor, "batch 3 size size"]:
        return unpatchify(self.decoder(self.widen(vectors)), self.config.patch_px)


def to_values(logits: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Pixel values in (-0.125, 1.125); the values outside [0, 1] have gradients."""
    return (torch.sigmoid(logits) - MARGIN) / (1 - 2 * MARGIN)


def to_picture(logits: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Pixel values clamped to [0, 1]."""
    return to_values(logits).clamp(0, 1)
