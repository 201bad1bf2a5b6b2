"""Vector quantization with codebooks that follow their vectors (van den Oord et al. 2017, appendix A.1).

Codes are exponential moving averages of the vectors that fall to them, so no gradient reaches them; a code that is
hardly used is put where a vector of the batch lies (SoundStream, Zeghidour et al. 2021, section III.C). Factorised and
L2-normalised, it is the quantizer of ViT-VQGAN (Yu et al. 2022, section 3.2).

Shapes: `batch` examples, `t` vectors of each, `width` of the vectors outside, `code_width` of the codes, `code` codes.
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
    """One codebook.

    Attributes:
        codes: how many.
        code_width: of each; None is the width outside, anything else adds a projection on either side (factorised).
        normalised: whether vectors and codes lie on the unit sphere, so that angles decide.
        decay: share of the moving average that a step keeps.
        restart_below: a code with fewer vectors a batch than this, on average, starts anew; 0 never.
    """

    codes: int = Field(default=1024, gt=1)
    code_width: int | None = Field(default=None, gt=0)
    normalised: bool = False
    decay: float = Field(default=0.99, gt=0, lt=1)
    restart_below: float = Field(default=0.1, ge=0)


class Quantized(NamedTuple):
    """`vectors` stand for the inputs (gradients pass straight through), `codes` are their indices, and `commitment`
    draws the inputs towards their codes."""

    vectors: Float[Tensor, "batch t width"]
    codes: Int[Tensor, "batch t"]
    commitment: Float[Tensor, ""]


class VectorQuantizer(nn.Module):
    """One codebook, fitted to what it quantizes while the module is in training mode."""

    codebook: Tensor
    usage: Tensor
    total: Tensor
    started: Tensor

    def __init__(self, width: int, config: QuantizerConfig) -> None:
        """An empty codebook: the first batch fills it.

        Args:
            width: of the vectors outside.
            config: of the codebook.
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
        """The nearest codes; in training mode the codebook then moves towards the inputs."""
        vectors = self._on_sphere(self.into(inputs))
        flat = vectors.detach().flatten(0, 1).float()
        if self.training and not self.started:
            self._start(flat)
        codes = self._nearest(flat)
        chosen = F.embedding(codes, self.codebook).view_as(vectors).to(vectors.dtype)
        if self.training:
            self._follow(flat, codes)
        passed = vectors + (chosen - vectors).detach()
        return Quantized(self.out(passed), codes.view(vectors.shape[:2]), F.mse_loss(vectors, chosen))

    def encode(self, inputs: Float[Tensor, "batch t width"]) -> Int[Tensor, "batch t"]:
        """The nearest code of each vector; nothing is learned."""
        vectors = self._on_sphere(self.into(inputs))
        return self._nearest(vectors.flatten(0, 1).float()).view(vectors.shape[:2])

    def decode(self, codes: Int[Tensor, "batch t"]) -> Float[Tensor, "batch t width"]:
        """The vectors that codes stand for."""
        return self.out(F.embedding(codes, self.codebook))

    def _on_sphere(self, vectors: Tensor) -> Tensor:
        return F.normalize(vectors, dim=-1) if self.config.normalised else vectors

    def _nearest(self, flat: Float[Tensor, "n code_width"]) -> Int[Tensor, "n"]:
        # In mixed precision, too, training must choose the codes that encoding will choose.
        with torch.autocast(flat.device.type, enabled=False):
            scores = flat @ self.codebook.T
            if not self.config.normalised:
                scores = scores - 0.5 * self.codebook.pow(2).sum(dim=-1)
            return scores.argmax(dim=-1)

    @torch.no_grad()
    def _start(self, flat: Float[Tensor, "n code_width"]) -> None:
        self.codebook.copy_(self._drawn(flat, self.config.codes))
        self.total.copy_(self.codebook)
        self.started.fill_(True)

    @torch.no_grad()
    def _follow(self, flat: Float[Tensor, "n code_width"], codes: Int[Tensor, "n"]) -> None:
        counts = torch.bincount(codes, minlength=self.config.codes).to(flat.dtype)
        sums = torch.zeros_like(self.total).index_add_(0, codes, flat)
        _sum_over_ranks(counts, sums)
        self.usage.lerp_(counts, 1 - self.config.decay)
        self.total.lerp_(sums, 1 - self.config.decay)
        means = self.total / self.usage.clamp(min=TINY)[:, None]
        self.codebook.copy_(self._on_sphere(means))
        dead = torch.nonzero(self.usage < self.config.restart_below)[:, 0]
        if len(dead):
            fresh = self._drawn(flat, len(dead))
            self.codebook[dead] = fresh
            self.usage[dead] = 1.0
            self.total[dead] = fresh

    def _drawn(self, flat: Float[Tensor, "n code_width"], count: int) -> Float[Tensor, "count code_width"]:
        """Vectors of the batch, the same on every rank; with a trace of noise where there are too few of them."""
        rows = torch.randint(len(flat), (count,)) if len(flat) < count else torch.randperm(len(flat))[:count]
        drawn = flat[rows.to(flat.device)].clone()
        if len(flat) < count:
            drawn += 1e-3 * flat.std() * torch.randn(drawn.shape).to(drawn)
        if torch.distributed.is_initialized():
            torch.distributed.broadcast(drawn, 0)
        return self._on_sphere(drawn)


def _sum_over_ranks(*tensors: Tensor) -> None:
    if torch.distributed.is_initialized():
        for tensor in tensors:
            torch.distributed.all_reduce(tensor)
