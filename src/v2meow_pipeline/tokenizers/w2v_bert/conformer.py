"""Conformer blocks (Gulati et al. 2020, section 2): attention for what is far, convolution for what is near.

Two departures: the convolution module norms each frame by itself (layer norm) where the paper norms over the batch, so
that a frame's features do not depend on what it is batched with; relative positions are a learned bias for each head
and bucket of distance (T5) where the paper has sinusoids, so that nothing is tied to the length of a training crop.

Shapes: `batch` examples, `t` frames, `width` of the residual stream, `head` attention heads.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn


class FeedForward(nn.Sequential):
    """Half of the macaron: norm, swish, dropout."""

    def __init__(self, width: int, inner: int, dropout: float) -> None:
        """Random weights.

        Args:
            width: outside.
            inner: inside.
            dropout: after both layers.
        """
        super().__init__(
            nn.LayerNorm(width),
            nn.Linear(width, inner),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(inner, width),
            nn.Dropout(dropout),
        )


class Attention(nn.Module):
    """Every frame looks at all frames, with a bias by relative position."""

    def __init__(self, width: int, heads: int, buckets: int, dropout: float) -> None:
        """Random weights.

        Args:
            width: outside.
            heads: which divide it.
            buckets: of relative position.
            dropout: of what comes out.
        """
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.into = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.bias = nn.Embedding(buckets, heads)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, inputs: Float[Tensor, "batch t width"], bucket: Int[Tensor, "t t"]
    ) -> Float[Tensor, "batch t width"]:
        """What is added to the inputs."""
        batch, t, width = inputs.shape
        parts = self.into(self.norm(inputs)).view(batch, t, 3, self.heads, width // self.heads)
        queries, keys, values = parts.permute(2, 0, 3, 1, 4)
        bias = self.bias(bucket).permute(2, 0, 1).to(queries.dtype)
        seen = F.scaled_dot_product_attention(queries, keys, values, attn_mask=bias)
        return self.dropout(self.out(seen.transpose(1, 2).reshape(batch, t, width)))


class Convolution(nn.Module):
    """Gated pointwise convolution, depthwise convolution over frames, norm, swish, pointwise convolution."""

    def __init__(self, width: int, kernel: int, dropout: float) -> None:
        """Random weights.

        Args:
            width: outside.
            kernel: frames of the depthwise convolution, odd.
            dropout: of what comes out.
        """
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.gated = nn.Linear(width, 2 * width)
        self.depthwise = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width)
        self.inner_norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, inputs: Float[Tensor, "batch t width"]) -> Float[Tensor, "batch t width"]:
        """What is added to the inputs."""
        gated = F.glu(self.gated(self.norm(inputs)), dim=-1)
        near = self.depthwise(gated.transpose(1, 2)).transpose(1, 2)
        return self.dropout(self.out(F.silu(self.inner_norm(near))))


class ConformerBlock(nn.Module):
    """Half a feed-forward, attention, convolution, half a feed-forward, norm."""

    def __init__(self, width: int, heads: int, feed_forward: int, kernel: int, buckets: int, dropout: float) -> None:
        """Random weights.

        Args:
            width: of the residual stream.
            heads: of the attention.
            feed_forward: inner width.
            kernel: frames of the convolution, odd.
            buckets: of relative position.
            dropout: share of units dropped in training.
        """
        super().__init__()
        self.first = FeedForward(width, feed_forward, dropout)
        self.attention = Attention(width, heads, buckets, dropout)
        self.convolution = Convolution(width, kernel, dropout)
        self.second = FeedForward(width, feed_forward, dropout)
        self.norm = nn.LayerNorm(width)

    def forward(
        self, inputs: Float[Tensor, "batch t width"], bucket: Int[Tensor, "t t"]
    ) -> Float[Tensor, "batch t width"]:
        """The next block's inputs."""
        stream = inputs + 0.5 * self.first(inputs)
        stream = stream + self.attention(stream, bucket)
        stream = stream + self.convolution(stream)
        return self.norm(stream + 0.5 * self.second(stream))


def position_buckets(t: int, buckets: int, farthest: int) -> Int[Tensor, "t t"]:
    """The bucket of each pair of frames: exact up close, logarithmic further off, each side its own (T5's, both ways).

    Args:
        t: frames.
        buckets: how many, even; half of them for frames before.
        farthest: frames that far apart or further share a bucket.

    Returns:
        Indices in [0, buckets), by query and key.
    """
    relative = torch.arange(t)[None, :] - torch.arange(t)[:, None]
    side, distance = buckets // 2, relative.abs()
    exact = side // 2
    beyond = torch.log(distance.clamp(min=exact) / exact) / math.log(max(farthest, exact + 1) / exact)
    far = (exact + (beyond * (side - exact)).long()).clamp(max=side - 1)
    return torch.where(distance < exact, distance, far) + side * (relative > 0)
