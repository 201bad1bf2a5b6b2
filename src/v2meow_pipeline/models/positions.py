"""Position encodings: T5's relative position bias, and a sinusoidal embedding of the time in seconds.

Shapes: `head` attention heads, `query` and `key` positions of the two sequences, `t` elements, `width` model width.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

SHORTEST_PERIOD_S = 0.08
LONGEST_PERIOD_S = 40.0
BLOCK = 256


def relative_buckets(
    relative: Int[Tensor, "query key"], buckets: int, max_distance: int, bidirectional: bool
) -> Int[Tensor, "query key"]:
    """Relative position buckets: exact for small distances, logarithmic for larger ones (T5, Raffel et al. 2020).

    Args:
        relative: key position minus query position.
        buckets: number of buckets; if `bidirectional`, half of them are for keys before the query.
        max_distance: positions at least this far apart share the last bucket.
        bidirectional: whether keys after the query have their own buckets; otherwise they count as distance 0.

    Returns:
        Bucket indices in [0, buckets).
    """
    offset = torch.zeros_like(relative)
    if bidirectional:
        buckets //= 2
        offset = (relative > 0).to(relative.dtype) * buckets
        distance = relative.abs()
    else:
        distance = (-relative).clamp(min=0)
    exact = buckets // 2
    scale = (buckets - exact) / math.log(max_distance / exact)
    logarithmic = exact + (torch.log(distance.clamp(min=1).float() / exact) * scale).to(relative.dtype)
    return offset + torch.where(distance < exact, distance, logarithmic.clamp(max=buckets - 1))


class RelativePositionBias(nn.Module):
    """T5 relative position bias: a learned scalar per head and bucket, added to the attention logits."""

    def __init__(self, heads: int, buckets: int, max_distance: int, bidirectional: bool) -> None:
        super().__init__()
        self.buckets = buckets
        self.max_distance = max_distance
        self.bidirectional = bidirectional
        self.table = nn.Embedding(buckets, heads)

    def forward(self, queries: Int[Tensor, "query"], keys: Int[Tensor, "key"]) -> Float[Tensor, "head query key"]:
        """Bias between positions `queries` and `keys`; -inf for keys after the query unless bidirectional."""
        relative = keys[None, :] - queries[:, None]
        bucket = relative_buckets(relative, self.buckets, self.max_distance, self.bidirectional)
        bias = self.table(bucket).permute(2, 0, 1)
        return bias if self.bidirectional else bias.masked_fill(relative > 0, float("-inf"))

    def blocks(self, t: int, device: torch.device) -> tuple[Float[Tensor, "head block t_key"], ...]:
        """Bias of a whole sequence, split into blocks of query positions.

        In a causal sequence a block excludes the keys after it, which saves nearly half of the attention work.

        Args:
            t: number of positions.
            device: device of the bias.

        Returns:
            One bias per `BLOCK` query positions, over the keys visible to them; a single block if bidirectional.
        """
        positions = torch.arange(t, device=device)
        if self.bidirectional:
            return (self(positions, positions),)
        starts = range(0, t, BLOCK)
        return tuple(self(positions[start : start + BLOCK], positions[: start + BLOCK]) for start in starts)


class TimeEmbedding(nn.Module):
    """Projected sinusoidal embedding of the time in seconds, shared by streams of different frame rates.

    T5's cross-attention has no position information: without this embedding a model has to learn the alignment of
    visual features and tokens from data. It is an addition to the paper (docs/decisions).
    """

    frequencies: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        # Not linspace, which may ignore the default device of a context after transformers has loaded a model.
        fraction = torch.arange(width // 2) / max(1, width // 2 - 1)
        log_periods = math.log(SHORTEST_PERIOD_S) + fraction * math.log(LONGEST_PERIOD_S / SHORTEST_PERIOD_S)
        self.register_buffer("frequencies", 2 * math.pi / log_periods.exp(), persistent=False)
        self.project = nn.Linear(2 * (width // 2), width, bias=False)

    def forward(self, times_s: Float[Tensor, "*batch t"]) -> Float[Tensor, "*batch t width"]:
        """Embedding of each time."""
        phase = times_s[..., None] * self.frequencies
        return self.project(torch.cat([phase.sin(), phase.cos()], dim=-1))
