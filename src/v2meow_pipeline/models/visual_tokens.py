"""Visual tokens in the input sequence: a frame's grid of tokens becomes a few vectors.

The paper feeds 10 x 1,024 tokens a clip. Attention over all of them would cost a million times that over ten vectors,
so each frame is reduced by itself, at a cost linear in its tokens.

Shapes: `batch` clips, `t_in` frames, `token` of a frame (a square grid, row by row), `vector` of a frame, `code_width`
of a token's embedding, `width` the model's.
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
    """Embeds tokens and their places, then pools or resamples each frame."""

    def __init__(self, grid: VisualTokens, width: int) -> None:
        """An adapter with random weights.

        Args:
            grid: the tokens of a frame, and what becomes of them.
            width: the model's.

        Raises:
            ConfigError: when the grid is not square, or cannot be cut into as many squares as vectors are wanted.
        """
        super().__init__()
        side, cells = math.isqrt(grid.tokens), math.isqrt(grid.vectors)
        if side**2 != grid.tokens or cells**2 != grid.vectors or side % cells:
            raise ConfigError(
                f"{grid.tokens} tokens a frame cannot be cut into {grid.vectors} squares.",
                "Choose vectors whose square root divides that of tokens.",
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
        """The vectors of all frames, frame by frame: `t_in` x `vector` elements."""
        places = self.place_table.weight
        inner = F.gelu(self.into(self.table(tokens) + places))
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
