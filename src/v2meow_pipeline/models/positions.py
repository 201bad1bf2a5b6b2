"""Where and when: T5's relative position bias, and the time in seconds that all streams share.

Shapes: `head` attention heads, `query` and `key` positions of the two sequences, `t` elements, `width` the model's.
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
    """The bucket of each relative position: exact up close, logarithmic further off (T5, Raffel et al. 2020).

    Args:
        relative: key position minus query position.
        buckets: how many there are; half of them look back where `bidirectional`.
        max_distance: positions this far apart or further share the last bucket.
        bidirectional: whether keys after the query have buckets of their own; otherwise they count as distance 0.

    Returns:
        Indices in [0, buckets).
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
    """A learned number for each head and bucket of relative position, added to attention logits."""

    def __init__(self, heads: int, buckets: int, max_distance: int, bidirectional: bool) -> None:
        super().__init__()
        self.buckets = buckets
        self.max_distance = max_distance
        self.bidirectional = bidirectional
        self.table = nn.Embedding(buckets, heads)

    def forward(self, queries: Int[Tensor, "query"], keys: Int[Tensor, "key"]) -> Float[Tensor, "head query key"]:
        """The bias between positions `queries` and `keys`; -inf for keys after the query unless bidirectional."""
        relative = keys[None, :] - queries[:, None]
        bucket = relative_buckets(relative, self.buckets, self.max_distance, self.bidirectional)
        bias = self.table(bucket).permute(2, 0, 1)
        return bias if self.bidirectional else bias.masked_fill(relative > 0, float("-inf"))

    def blocks(self, t: int, device: torch.device) -> tuple[Float[Tensor, "head block t_key"], ...]:
        """The bias of a whole sequence, for one block of its positions after the other.

        A block of a causal sequence leaves out the keys after it, so that nearly half of the work is not done.

        Args:
            t: positions.
            device: where the bias is needed.

        Returns:
            One for each `BLOCK` positions, over the keys that they see; bidirectional all in one.
        """
        positions = torch.arange(t, device=device)
        if self.bidirectional:
            return (self(positions, positions),)
        starts = range(0, t, BLOCK)
        return tuple(self(positions[start : start + BLOCK], positions[: start + BLOCK]) for start in starts)


class TimeEmbedding(nn.Module):
    """A projection of sinusoids of the time in seconds, so that streams of different rates share one clock.

    T5's cross-attention has no positions at all: without this a model has to learn from data alone which visual
    feature belongs to which token. The paper does not have it (docs/decisions).
    """

    frequencies: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        # Not linspace: once transformers has loaded a model, it may ignore the device that a context chose.
        share = torch.arange(width // 2) / max(1, width // 2 - 1)
        octaves = math.log(SHORTEST_PERIOD_S) + share * math.log(LONGEST_PERIOD_S / SHORTEST_PERIOD_S)
        self.register_buffer("frequencies", 2 * math.pi / octaves.exp(), persistent=False)
        self.project = nn.Linear(2 * (width // 2), width, bias=False)

    def forward(self, times_s: Float[Tensor, "*batch t"]) -> Float[Tensor, "*batch t width"]:
        """The embedding of each time."""
        phase = times_s[..., None] * self.frequencies
        return self.project(torch.cat([phase.sin(), phase.cos()], dim=-1))
