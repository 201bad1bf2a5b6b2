"""Adapter that reduces the grid of visual tokens of each frame to a few vectors.

The paper uses 10 x 1,024 tokens per clip. Attention over all of them would cost a million times as much as over ten
vectors, so each frame is reduced separately, at a cost linear in its tokens.

Shapes: `batch` clips, `t_in` frames, `token` tokens per frame (a square grid, row-major), `vector` vectors per frame,
`code_width` width of a token embedding, `width` model width.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.models.streams import VisualTokens

RESAMPLER_HEADS = 4


class VisualTokenAdapter(nn.Module):
    """Embeds visual tokens and their grid positions, then pools or resamples each frame."""

    def __init__(self, grid: VisualTokens, width: int) -> None:
        """Builds an adapter with random weights.

        Args:
            grid: token grid of a frame and its reduction.
            width: model width.

        Raises:
            ConfigError: if the grid is not square, or cannot be divided into `grid.vectors` equal squares.
        """
        super().__init__()
        side, cells = math.isqrt(grid.tokens), math.isqrt(grid.vectors)
        if side**2 != grid.tokens or cells**2 != grid.vectors or side % cells:
            raise ConfigError(
                f"A grid of {grid.tokens} tokens per frame cannot be divided into {grid.vectors} equal squares.",
                "Choose square numbers for `tokens` and `vectors`, with sqrt(vectors) a divisor of sqrt(tokens).",
            )
        self.grid, self.side, self.cells = grid, side, cells
        self.table = nn.Embedding(grid.codes, grid.code_width)
        self.place_table = nn.Embedding(grid.tokens, grid.code_width)
        self.into = nn.Linear(grid.code_width, width)
        self.out = nn.Linear(width, width)
        self.queries = nn.Parameter(torch.randn(grid.vectors, width)) if grid.reduction == "resample" else None
        nn.init.normal_(self.table.weight)
        nn.init.normal_(self.place_table.weight, std=0.5)

    def forward(self, tokens: Int[Tensor, "batch t_in token"]) -> Float[Tensor, "batch element width"]:
        """Vectors of all frames in time order: `t_in` x `vector` elements."""
        inner = F.gelu(self.into(self.table(tokens) + self.place_table.weight))
        reduced = self._pooled(inner) if self.queries is None else self._resampled(inner)
        return self.out(reduced).flatten(1, 2)

    def _pooled(self, inner: Float[Tensor, "batch t_in token width"]) -> Float[Tensor, "batch t_in vector width"]:
        batch, t_in, _, width = inner.shape
        step = self.side // self.cells
        squares = inner.view(batch, t_in, self.cells, step, self.cells, step, width)
        return squares.mean(dim=(3, 5)).flatten(2, 3)

    def _resampled(self, inner: Float[Tensor, "batch t_in token width"]) -> Float[Tensor, "batch t_in vector width"]:
        assert self.queries is not None
        heads = RESAMPLER_HEADS if inner.shape[-1] % RESAMPLER_HEADS == 0 else 1
        keys = inner.unflatten(-1, (heads, -1)).transpose(-2, -3)
        queries = self.queries.unflatten(-1, (heads, -1)).transpose(0, 1).expand(*keys.shape[:2], -1, -1, -1)
        return F.scaled_dot_product_attention(queries, keys, keys).transpose(-2, -3).flatten(-2)
