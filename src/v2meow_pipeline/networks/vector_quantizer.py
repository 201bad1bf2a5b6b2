"""Vector quantization with codebooks updated by exponential moving averages (van den Oord et al. 2017, appendix A.1).

A code is the moving average of the vectors assigned to it and has no gradient. A rarely used code is replaced by a
random vector of the batch (SoundStream, Zeghidour et al. 2021, section III.C). With factorised and L2-normalised codes
it is the quantizer of ViT-VQGAN (Yu et al. 2022, section 3.2).

Shapes: `batch` examples, `t` vectors per example, `width` width of inputs and outputs, `code_width` width of a code,
`code` codes, `n` vectors of all examples.
"""

from typing import NamedTuple

import torch
import torch.distributed
import torch.nn.functional as F
from jaxtyping import Float, Int
from pydantic import Field
from torch import Tensor, nn

from v2meow_pipeline.config import Config

TINY = 1e-6


class QuantizerConfig(Config):
    """Configuration of one codebook.

    Attributes:
        codes: number of codes.
        code_width: width of a code; None is the width of the inputs, any other value adds linear projections before and
            after quantization (factorised codes).
        normalised: whether vectors and codes are L2-normalised, so that codes are chosen by cosine similarity.
        decay: decay of the exponential moving averages.
        restart_below: a code with fewer assigned vectors per batch than this, on average, is replaced; 0 disables this.
    """

    codes: int = Field(default=1024, gt=1)
    code_width: int | None = Field(default=None, gt=0)
    normalised: bool = False
    decay: float = Field(default=0.99, gt=0, lt=1)
    restart_below: float = Field(default=0.1, ge=0)


class Quantized(NamedTuple):
    """Output of a vector quantizer.

    Attributes:
        vectors: quantized inputs, with straight-through gradients.
        codes: indices of the codes.
        commitment: commitment loss, which pulls the inputs towards their codes.
    """

    vectors: Float[Tensor, "batch t width"]
    codes: Int[Tensor, "batch t"]
    commitment: Float[Tensor, ""]


class VectorQuantizer(nn.Module):
    """Vector quantizer with one codebook, which is updated in training mode."""

    codebook: Tensor
    usage: Tensor
    total: Tensor
    started: Tensor

    def __init__(self, width: int, config: QuantizerConfig) -> None:
        """Creates an empty codebook, which is initialised from the first training batch.

        Args:
            width: width of inputs and outputs.
            config: configuration of the codebook.
        """
        super().__init__()
        self.config = config
        code_width = config.code_width or width
        factorised = config.code_width is not None
        self.into = nn.Linear(width, code_width) if factorised else nn.Identity()
        self.out = nn.Linear(code_width, width) if factorised else nn.Identity()
        self.register_buffer("codebook", torch.zeros(config.codes, code_width))
        self.register_buffer("usage", torch.ones(config.codes))
        self.register_buffer("total", torch.zeros(config.codes, code_width))
        self.register_buffer("started", torch.zeros((), dtype=torch.bool))

    def forward(self, inputs: Float[Tensor, "batch t width"]) -> Quantized:
        """Quantizes the inputs to the nearest codes, then updates the codebook in training mode."""
        vectors = self._normalise(self.into(inputs))
        flat = vectors.detach().flatten(0, 1).float()
        if self.training and not self.started:
            self._initialise(flat)
        codes = self._nearest(flat)
        chosen = F.embedding(codes, self.codebook).view_as(vectors).to(vectors.dtype)
        if self.training:
            self._update(flat, codes)
        straight_through = vectors + (chosen - vectors).detach()
        return Quantized(self.out(straight_through), codes.view(vectors.shape[:2]), F.mse_loss(vectors, chosen))

    def encode(self, inputs: Float[Tensor, "batch t width"]) -> Int[Tensor, "batch t"]:
        """Nearest code of each vector; does not update the codebook."""
        vectors = self._normalise(self.into(inputs))
        return self._nearest(vectors.flatten(0, 1).float()).view(vectors.shape[:2])

    def decode(self, codes: Int[Tensor, "batch t"]) -> Float[Tensor, "batch t width"]:
        """Vectors of codes."""
        return self.out(F.embedding(codes, self.codebook))

    def _normalise(self, vectors: Tensor) -> Tensor:
        return F.normalize(vectors, dim=-1) if self.config.normalised else vectors

    def _nearest(self, flat: Float[Tensor, "n code_width"]) -> Int[Tensor, "n"]:
        # In full precision even under autocast, so that training and encoding choose the same codes.
        with torch.autocast(flat.device.type, enabled=False):
            scores = flat @ self.codebook.T
            if not self.config.normalised:
                scores = scores - 0.5 * self.codebook.pow(2).sum(dim=-1)
            return scores.argmax(dim=-1)

    @torch.no_grad()
    def _initialise(self, flat: Float[Tensor, "n code_width"]) -> None:
        self.codebook.copy_(self._random_vectors(flat, self.config.codes))
        self.total.copy_(self.codebook)
        self.started.fill_(True)

    @torch.no_grad()
    def _update(self, flat: Float[Tensor, "n code_width"], codes: Int[Tensor, "n"]) -> None:
        counts = torch.bincount(codes, minlength=self.config.codes).to(flat.dtype)
        sums = torch.zeros_like(self.total).index_add_(0, codes, flat)
        _sum_over_ranks(counts, sums)
        self.usage.lerp_(counts, 1 - self.config.decay)
        self.total.lerp_(sums, 1 - self.config.decay)
        means = self.total / self.usage.clamp(min=TINY)[:, None]
        self.codebook.copy_(self._normalise(means))
        dead = torch.nonzero(self.usage < self.config.restart_below)[:, 0]
        if len(dead):
            replacements = self._random_vectors(flat, len(dead))
            self.codebook[dead] = replacements
            self.usage[dead] = 1.0
            self.total[dead] = replacements

    def _random_vectors(self, flat: Float[Tensor, "n code_width"], count: int) -> Float[Tensor, "count code_width"]:
        """Random vectors of the batch, the same on every rank; with repeats and slight noise if there are too few."""
        rows = torch.randint(len(flat), (count,)) if len(flat) < count else torch.randperm(len(flat))[:count]
        drawn = flat[rows.to(flat.device)].clone()
        if len(flat) < count:
            drawn += 1e-3 * flat.std() * torch.randn(drawn.shape).to(drawn)
        if torch.distributed.is_initialized():
            torch.distributed.broadcast(drawn, 0)
        return self._normalise(drawn)


def _sum_over_ranks(*tensors: Tensor) -> None:
    if torch.distributed.is_initialized():
        for tensor in tensors:
            torch.distributed.all_reduce(tensor)
