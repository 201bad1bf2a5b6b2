"""T5 Transformer layers: pre-norm, residual, without biases (Raffel et al. 2020; Shazeer 2020 for the GELU gate).

Shapes: `batch` clips, `t` positions, `width` model width.
"""

from typing import Literal

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from v2meow_pipeline.models.attention import Biases, CrossAttention, KeysValues, SelfAttention

Activation = Literal["relu", "gated-gelu"]


class FeedForward(nn.Module):
    """Feed-forward block: two linear maps with a ReLU, or with a gated GELU (T5 v1.1)."""

    def __init__(self, width: int, inner_width: int, activation: Activation, dropout: float) -> None:
        super().__init__()
        self.gated = activation == "gated-gelu"
        self.into = nn.Linear(width, inner_width * (2 if self.gated else 1), bias=False)
        self.out = nn.Linear(inner_width, width, bias=False)
        self.dropout = nn.Dropout(dropout)

    def forward(self, inputs: Float[Tensor, "batch t width"]) -> Float[Tensor, "batch t width"]:
        """Applies the block at each position."""
        return self.out(self.dropout(self.activate(self.into(inputs))))

    def activate(self, inner: Float[Tensor, "*batch into_width"]) -> Float[Tensor, "*batch inner_width"]:
        """The non-linearity between the two linear maps."""
        if not self.gated:
            return F.relu(inner)
        gate, linear = inner.chunk(2, dim=-1)
        return F.gelu(gate, approximate="tanh") * linear


class Layer(nn.Module):
    """Transformer layer: self-attention, optional cross-attention, feed-forward."""

    def __init__(
        self,
        width: int,
        heads: int,
        head_width: int,
        inner_width: int,
        activation: Activation,
        dropout: float,
        norm_eps: float,
        cross: bool,
    ) -> None:
        super().__init__()
        self.self_norm = nn.RMSNorm(width, eps=norm_eps)
        self.self_attention = SelfAttention(width, heads, head_width, dropout)
        self.cross_norm = nn.RMSNorm(width, eps=norm_eps) if cross else None
        self.cross_attention = CrossAttention(width, heads, head_width, dropout) if cross else None
        self.feed_forward_norm = nn.RMSNorm(width, eps=norm_eps)
        self.feed_forward = FeedForward(width, inner_width, activation, dropout)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        hidden: Float[Tensor, "batch t width"],
        bias: Biases,
        memory: KeysValues | None = None,
        cache: KeysValues | None = None,
    ) -> Float[Tensor, "batch t width"]:
        """Residual stream after this layer; for the arguments see `SelfAttention` and `CrossAttention`."""
        hidden = hidden + self.dropout(self.self_attention(self.self_norm(hidden), bias, cache))
        if self.cross_attention is not None and self.cross_norm is not None and memory is not None:
            hidden = hidden + self.dropout(self.cross_attention(self.cross_norm(hidden), memory))
        return hidden + self.dropout(self.feed_forward(self.feed_forward_norm(hidden)))

    def keys_values(self, memory: Float[Tensor, "batch t_memory width"]) -> KeysValues | None:
        """Keys and values for the cross-attention; None if the layer has no cross-attention."""
        return None if self.cross_attention is None else self.cross_attention.keys_values(memory)

    def initialise(self) -> None:
        """Initialises the weights as in T5; the query weights include the usual scale of attention logits."""
        attention = self.self_attention
        width, inner = attention.query_key_value.in_features, attention.out.in_features
        head_width = inner // attention.heads
        query, key_value = attention.query_key_value.weight.data.split([inner, 2 * inner])
        nn.init.normal_(query, std=(width * head_width) ** -0.5)
        nn.init.normal_(key_value, std=width**-0.5)
        nn.init.normal_(attention.out.weight, std=inner**-0.5)
        if self.cross_attention is not None:
            nn.init.normal_(self.cross_attention.query.weight, std=(width * head_width) ** -0.5)
            nn.init.normal_(self.cross_attention.key_value.weight, std=width**-0.5)
            nn.init.normal_(self.cross_attention.out.weight, std=inner**-0.5)
        nn.init.normal_(self.feed_forward.into.weight, std=width**-0.5)
        nn.init.normal_(self.feed_forward.out.weight, std=self.feed_forward.out.in_features**-0.5)
