"""Residual vector quantization: each level's codebook quantizes what the levels before it left over.

It is the quantizer of SoundStream (Zeghidour et al. 2021, section III.C), with its quantizer dropout: in training each
example is rebuilt from a random number of levels, so that every first few levels make the best of their bits.

Shapes: `batch` examples, `level` codebooks, `t` vectors of each example, `width` of the vectors, `code` codes.
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
    """Codebooks of a residual quantizer.

    Attributes:
        levels: codebooks.
        codebook: each of them.
        dropout: share of the training examples that are rebuilt from a random number of levels, uniform from 1 to all;
            the others from all. The paper has 1.
    """

    levels: int = Field(default=12, gt=0)
    codebook: QuantizerConfig = Field(default_factory=QuantizerConfig)
    dropout: float = Field(default=1.0, ge=0, le=1)

    @model_validator(mode="after")
    def _sphere_needs_projections(self) -> "ResidualQuantizerConfig":
        if self.codebook.normalised and self.codebook.code_width is None:
            raise ConfigError(
                "Codes of length one cannot stand for what earlier levels left over.",
                "Give code_width as well, so that a projection scales them, or leave normalised out.",
            )
        return self


class ResidualQuantized(NamedTuple):
    """`vectors` stand for the inputs (gradients pass straight through), `codes` are those of all levels, whatever was
    dropped, and `commitment`, a mean over levels, draws what each level is given towards its codes."""

    vectors: Float[Tensor, "batch t width"]
    codes: Int[Tensor, "batch level t"]
    commitment: Float[Tensor, ""]


class ResidualQuantizer(nn.Module):
    """A stack of codebooks, fitted to what they quantize while the module is in training mode.

    Args:
        width: of the vectors.
        config: of the codebooks.
    """

    def __init__(self, width: int, config: ResidualQuantizerConfig) -> None:
        super().__init__()
        self.config = config
        self.levels = nn.ModuleList(VectorQuantizer(width, config.codebook) for _ in range(config.levels))

    def forward(self, inputs: Float[Tensor, "batch t width"]) -> ResidualQuantized:
        """What the inputs become; in training mode with quantizer dropout, and the codebooks then follow the inputs.

        All examples are quantized, and teach the codebooks, at all levels; dropout bears on the sum alone. Without
        projections the sum's gradient passes to the inputs as it is; with them it passes through each level's own.
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
        """The codes of all levels; nothing is learned."""
        residual, codes = inputs, []
        for quantizer in self._stack():
            codes.append(quantizer.encode(residual))
            residual = residual - quantizer.decode(codes[-1])
        return torch.stack(codes, dim=1)

    def decode(self, codes: Int[Tensor, "batch level t"]) -> Float[Tensor, "batch t width"]:
        """The vectors that codes stand for.

        Args:
            codes: of the first levels, at least one.

        Returns:
            The sum of their vectors.

        Raises:
            ValueError: when there are more levels than codebooks, or none.
        """
        if not 1 <= codes.shape[1] <= len(self.levels):
            raise ValueError(f"{codes.shape[1]} levels of codes; there are codebooks for 1 to {len(self.levels)}.")
        parts = [
            quantizer.decode(of_level) for quantizer, of_level in zip(self._stack(), codes.unbind(1), strict=False)
        ]
        return torch.stack(parts).sum(dim=0)

    @torch.no_grad()
    def vectors(self) -> Float[Tensor, "level code width"]:
        """The vector that each code of each level stands for: `decode` sums these."""
        every = torch.arange(self.config.codebook.codes)[None]
        return torch.cat([quantizer.decode(every.to(quantizer.codebook.device)) for quantizer in self._stack()])

    def _stack(self) -> Iterator[VectorQuantizer]:
        return (cast(VectorQuantizer, quantizer) for quantizer in self.levels)

    def _kept(self, batch: int, device: torch.device) -> Int[Tensor, " batch"]:
        """How many levels each example keeps."""
        levels = len(self.levels)
        if not self.training:
            return torch.full((batch,), levels, device=device)
        drawn = torch.randint(1, levels + 1, (batch,))
        return torch.where(torch.rand(batch) < self.config.dropout, drawn, levels).to(device)
