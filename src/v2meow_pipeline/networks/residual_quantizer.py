"""Residual vector quantization: each level quantizes the residual of the previous levels.

This is the quantizer of SoundStream (Zeghidour et al. 2021, section III.C), with quantizer dropout: in training each
example is reconstructed from a random number of levels, so that any number of first levels can be decoded.

Shapes: `batch` examples, `level` codebooks, `t` vectors per example, `width` vector width, `code` codes per codebook.
"""

from collections.abc import Iterator
from typing import NamedTuple, cast

import torch
from jaxtyping import Float, Int
from pydantic import Field, model_validator
from torch import Tensor, nn

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.vector_quantizer import QuantizerConfig, VectorQuantizer


class ResidualQuantizerConfig(Config):
    """Configuration of a residual quantizer.

    Attributes:
        levels: number of codebooks.
        codebook: configuration of each codebook.
        dropout: fraction of training examples that are reconstructed from a random number of levels, uniform from 1 to
            `levels` (paper: 1).
    """

    levels: int = Field(default=12, gt=0)
    codebook: QuantizerConfig = Field(default_factory=QuantizerConfig)
    dropout: float = Field(default=1.0, ge=0, le=1)

    @model_validator(mode="after")
    def _sphere_needs_projections(self) -> "ResidualQuantizerConfig":
        if self.codebook.normalised and self.codebook.code_width is None:
            raise ConfigError(
                "L2-normalised codes cannot represent residuals, which have different lengths.",
                "Set code_width as well, which adds projections, or set normalised to false.",
            )
        return self


class ResidualQuantized(NamedTuple):
    """Output of a residual quantizer.

    Attributes:
        vectors: quantized inputs, with straight-through gradients.
        codes: codes of all levels, including those dropped by quantizer dropout.
        commitment: commitment loss, averaged over levels.
    """

    vectors: Float[Tensor, "batch t width"]
    codes: Int[Tensor, "batch level t"]
    commitment: Float[Tensor, ""]


class ResidualQuantizer(nn.Module):
    """Residual vector quantizer; the codebooks are updated in training mode.

    Args:
        width: width of the vectors.
        config: configuration of the quantizer.
    """

    def __init__(self, width: int, config: ResidualQuantizerConfig) -> None:
        super().__init__()
        self.config = config
        self.levels = nn.ModuleList(VectorQuantizer(width, config.codebook) for _ in range(config.levels))

    def forward(self, inputs: Float[Tensor, "batch t width"]) -> ResidualQuantized:
        """Quantizes the inputs; in training mode it applies quantizer dropout and updates the codebooks.

        All examples are quantized at all levels and update all codebooks; dropout affects only the sum. Without
        projections the sum has a straight-through gradient; with projections the gradient passes through each level.
        """
        projected = self.config.codebook.code_width is not None
        kept = self._kept(len(inputs), inputs.device)
        residual, total = inputs, torch.zeros_like(inputs)
        codes, commitments = [], []
        for level, quantizer in enumerate(self._stack()):
            step = quantizer(residual)
            residual = residual - (step.vectors if projected else step.vectors.detach())
            total = total + step.vectors * (level < kept)[:, None, None]
            codes.append(step.codes)
            commitments.append(step.commitment)
        vectors = total if projected else inputs + (total - inputs).detach()
        return ResidualQuantized(vectors, torch.stack(codes, dim=1), torch.stack(commitments).mean())

    def encode(self, inputs: Float[Tensor, "batch t width"]) -> Int[Tensor, "batch level t"]:
        """Codes of all levels; does not update the codebooks."""
        residual, codes = inputs, []
        for quantizer in self._stack():
            codes.append(quantizer.encode(residual))
            residual = residual - quantizer.decode(codes[-1])
        return torch.stack(codes, dim=1)

    def decode(self, codes: Int[Tensor, "batch level t"]) -> Float[Tensor, "batch t width"]:
        """Decodes codes to vectors.

        Args:
            codes: codes of the first levels, at least one level.

        Returns:
            Sum of the codebook vectors.

        Raises:
            ValueError: if `codes` has no levels, or more levels than codebooks.
        """
        if not 1 <= codes.shape[1] <= len(self.levels):
            raise ValueError(f"Got {codes.shape[1]} levels of codes, but expected 1 to {len(self.levels)}.")
        parts = [
            quantizer.decode(level_codes)
            for quantizer, level_codes in zip(self._stack(), codes.unbind(1), strict=False)
        ]
        return torch.stack(parts).sum(dim=0)

    @torch.no_grad()
    def vectors(self) -> Float[Tensor, "level code width"]:
        """Decoded vector of each code of each level; `decode` returns sums of these."""
        all_codes = torch.arange(self.config.codebook.codes)[None]
        return torch.cat([quantizer.decode(all_codes.to(quantizer.codebook.device)) for quantizer in self._stack()])

    def _stack(self) -> Iterator[VectorQuantizer]:
        return (cast(VectorQuantizer, quantizer) for quantizer in self.levels)

    def _kept(self, batch: int, device: torch.device) -> Int[Tensor, " batch"]:
        """Number of levels kept for each example by quantizer dropout."""
        levels = len(self.levels)
        if not self.training:
            return torch.full((batch,), levels, device=device)
        drawn = torch.randint(1, levels + 1, (batch,))
        return torch.where(torch.rand(batch) < self.config.dropout, drawn, levels).to(device)
