"""Pictures to tokens and back (Yu et al. 2022, section 3).

Patches, encoder, quantizer, decoder, patches. The decoder gives logits: between 0.1 and 0.9 their sigmoid is the
picture from black to white, the range in which the logit-Laplace distribution is at home (Ramesh et al. 2021, appendix
A.3).

Shapes: `batch` pictures, `size` pixels of a side, `token` patches in reading order, `width` of encoder or decoder.
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
MARGIN = 0.1  # black is 0.1, and white 0.9, of the sigmoid's range


class Reconstruction(NamedTuple):
    """`logits` of the picture (see `to_picture`), the `tokens` in between, and the quantizer's `commitment` loss."""

    logits: Float[Tensor, "batch 3 size size"]
    tokens: Int[Tensor, "batch token"]
    commitment: Float[Tensor, ""]


class ViTVQGAN(nn.Module):
    """The autoencoder with its codebook."""

    def __init__(self, config: ViTVQGANConfig) -> None:
        """Random weights, and an empty codebook that the first batch in training mode fills.

        Args:
            config: its sizes; the losses are not used.
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
            nn.init.zeros_(self.quantizer.into.bias)  # on the sphere a common offset is a common direction

    def forward(self, images: Float[Tensor, "batch 3 size size"]) -> Reconstruction:
        """Pictures in [0, 1] through their tokens; in training mode the codebook learns, and gradients pass it."""
        quantized = self.quantizer(self._vectors(images))
        return Reconstruction(self._logits(quantized.vectors), quantized.codes, quantized.commitment)

    def encode(self, images: Float[Tensor, "batch 3 size size"]) -> Int[Tensor, "batch token"]:
        """The tokens of pictures.

        Args:
            images: in [0, 1].

        Returns:
            Indices of the codebook, in reading order.

        Raises:
            ConfigError: when pictures have another size than the network.
        """
        return self.quantizer.encode(self._vectors(images))

    def decode(self, tokens: Int[Tensor, "batch token"]) -> Float[Tensor, "batch 3 size size"]:
        """The pictures, in [0, 1], that tokens stand for."""
        return to_picture(self._logits(self.quantizer.decode(tokens)))

    def _vectors(self, images: Float[Tensor, "batch 3 size size"]) -> Float[Tensor, "batch token width"]:
        size = self.config.size_px
        if images.shape[-2:] != (size, size):
            given = " x ".join(map(str, images.shape[-2:]))
            raise ConfigError(f"This ViT-VQGAN reads {size} x {size} pixels, not {given}.", "Scale the pictures.")
        return self.encoder(self.embed(patchify(2 * images - 1, self.config.patch_px)))

    def _logits(self, vectors: Float[Tensor, "batch token width"]) -> Float[Tensor, "batch 3 size size"]:
        return unpatchify(self.decoder(self.widen(vectors)), self.config.patch_px)


def to_values(logits: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Values of pixels, up to 0.125 blacker than black or whiter than white, so that losses can call them back."""
    return (torch.sigmoid(logits) - MARGIN) / (1 - 2 * MARGIN)


def to_picture(logits: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Values of pixels, cut to [0, 1]."""
    return to_values(logits).clamp(0, 1)
