"""Conformer blocks (Gulati et al. 2020, section 2).

Two differences from the paper: the convolution module uses layer norm instead of batch norm, so that features do not
depend on the batch; relative positions are a learned bias per head and distance bucket (T5) instead of sinusoids, so
that the network generalises beyond the length of training crops.

Shapes: `batch` examples, `t` frames, `width` width of the residual stream, `head` attention heads.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn


class FeedForward(nn.Sequential):
    """Feed-forward module: norm, two linear layers with Swish, dropout."""

    def __init__(self, width: int, inner: int, dropout: float) -> None:
        """Builds the module with random weights.

        Args:
            width: width of inputs and outputs.
            inner: inner width.
            dropout: dropout probability after both layers.
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
    """Multi-head self-attention module with a relative position bias."""

    def __init__(self, width: int, heads: int, buckets: int, dropout: float) -> None:
        """Builds the module with random weights.

        Args:
            width: width of inputs and outputs.
            heads: number of heads, a divisor of `width`.
            buckets: number of relative position buckets.
            dropout: dropout probability of the output.
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
        """Output of the module, to be added to the residual stream."""
        batch, t, width = inputs.shape
        parts = self.into(self.norm(inputs)).view(batch, t, 3, self.heads, width // self.heads)
        queries, keys, values = parts.permute(2, 0, 3, 1, 4)
        bias = self.bias(bucket).permute(2, 0, 1).to(queries.dtype)
        attended = F.scaled_dot_product_attention(queries, keys, values, attn_mask=bias)
        return self.dropout(self.out(attended.transpose(1, 2).reshape(batch, t, width)))


class Convolution(nn.Module):
    """Convolution module: gated pointwise convolution, depthwise convolution, norm, Swish, pointwise convolution."""

    def __init__(self, width: int, kernel: int, dropout: float) -> None:
        """Builds the module with random weights.

        Args:
            width: width of inputs and outputs.
            kernel: kernel size of the depthwise convolution in frames, odd.
            dropout: dropout probability of the output.
        """
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.gated = nn.Linear(width, 2 * width)
        self.depthwise = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width)
        self.inner_norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, inputs: Float[Tensor, "batch t width"]) -> Float[Tensor, "batch t width"]:
        """Output of the module, to be added to the residual stream."""
        gated = F.glu(self.gated(self.norm(inputs)), dim=-1)
        convolved = self.depthwise(gated.transpose(1, 2)).transpose(1, 2)
        return self.dropout(self.out(F.silu(self.inner_norm(convolved))))


class ConformerBlock(nn.Module):
    """Conformer block: half-step feed-forward, attention, convolution, half-step feed-forward, norm."""

    def __init__(self, width: int, heads: int, feed_forward: int, kernel: int, buckets: int, dropout: float) -> None:
        """Builds the block with random weights.

        Args:
            width: width of the residual stream.
            heads: attention heads.
            feed_forward: inner width of the feed-forward modules.
            kernel: kernel size of the convolution module in frames, odd.
            buckets: number of relative position buckets.
            dropout: dropout probability.
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
        """Output of the block."""
        stream = inputs + 0.5 * self.first(inputs)
        stream = stream + self.attention(stream, bucket)
        stream = stream + self.convolution(stream)
        return self.norm(stream + 0.5 * self.second(stream))


def position_buckets(t: int, buckets: int, farthest: int) -> Int[Tensor, "t t"]:
    """Bidirectional T5 relative position buckets: exact for small distances, logarithmic for larger ones.

    Args:
        t: number of frames.
        buckets: number of buckets, even; half of them are for earlier frames.
        farthest: frames at least this far apart share a bucket.

    Returns:
        Bucket indices in [0, buckets), by query and key.
    """
    relative = torch.arange(t)[None, :] - torch.arange(t)[:, None]
    side, distance = buckets // 2, relative.abs()
    exact = side // 2
    beyond = torch.log(distance.clamp(min=exact) / exact) / math.log(max(farthest, exact + 1) / exact)
    far = (exact + (beyond * (side - exact)).long()).clamp(max=side - 1)
    return torch.where(distance < exact, distance, far) + side * (relative > 0)
