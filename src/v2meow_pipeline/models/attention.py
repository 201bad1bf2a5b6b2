"""Self- and cross-attention with fused projections.

As in T5, attention logits are not scaled by 1/sqrt(head_width); the initial query weights include that factor
(`Layer.initialise`).

Shapes: `batch` clips, `t` sequence positions, `t_memory` encoder outputs, `head` attention heads, `head_width` width
of one head, `width` model width.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


class KeysValues(NamedTuple):
    """Keys and values of one attention layer, each [batch, head, t, head_width]."""

    keys: Float[Tensor, "batch head t head_width"]
    values: Float[Tensor, "batch head t head_width"]


# Additive attention biases, one per block of consecutive query positions: [head, block, t_key] over the keys visible to
# any query of the block; -inf masks a key.
Biases: TypeAlias = Sequence[Tensor]


class SelfAttention(nn.Module):
    """Multi-head self-attention that can store its keys and values for incremental decoding (models/incremental.py)."""

    def __init__(self, width: int, heads: int, head_width: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.query_key_value = nn.Linear(width, 3 * heads * head_width, bias=False)
        self.out = nn.Linear(heads * head_width, width, bias=False)

    def forward(
        self,
        inputs: Float[Tensor, "batch t width"],
        bias: Biases,
        cache: KeysValues | None = None,
    ) -> Float[Tensor, "batch t width"]:
        """Attention output at each position.

        Args:
            inputs: the sequence from its start.
            bias: additive bias of each block of query positions, in order; keys beyond a block's bias are ignored.
            cache: receives the keys and values of these positions; it may be longer than the sequence.

        Returns:
            One vector per position of `inputs`.
        """
        query, key, value = _split(self.query_key_value(inputs), 3, self.heads)
        if cache is not None:
            cache.keys[:, :, : inputs.shape[1]] = key
            cache.values[:, :, : inputs.shape[1]] = value
        return self.out(_attend_in_blocks(query, key, value, bias, self.dropout if self.training else 0.0))


class CrossAttention(nn.Module):
    """Multi-head attention of the decoder over the encoder outputs, without position bias (T5)."""

    def __init__(self, width: int, heads: int, head_width: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.query = nn.Linear(width, heads * head_width, bias=False)
        self.key_value = nn.Linear(width, 2 * heads * head_width, bias=False)
        self.out = nn.Linear(heads * head_width, width, bias=False)

    def keys_values(self, memory: Float[Tensor, "batch t_memory width"]) -> KeysValues:
        """Keys and values of the encoder outputs; the same at every decoder step, so they can be computed once."""
        key, value = _split(self.key_value(memory), 2, self.heads)
        return KeysValues(key, value)

    def forward(self, inputs: Float[Tensor, "batch t width"], memory: KeysValues) -> Float[Tensor, "batch t width"]:
        """Attention output at each decoder position."""
        (query,) = _split(self.query(inputs), 1, self.heads)
        return self.out(_attend(query, *memory, None, self.dropout if self.training else 0.0))


def _split(
    fused: Float[Tensor, "batch t fused_width"], parts: int, heads: int
) -> tuple[Float[Tensor, "batch head t head_width"], ...]:
    batch, t, _ = fused.shape
    return fused.view(batch, t, parts, heads, -1).permute(2, 0, 3, 1, 4).unbind()


def _attend_in_blocks(
    query: Float[Tensor, "batch head t head_width"],
    key: Float[Tensor, "batch head t_key head_width"],
    value: Float[Tensor, "batch head t_key head_width"],
    biases: Biases,
    dropout: float,
) -> Float[Tensor, "batch t joined_width"]:
    parts, start = [], 0
    for bias in biases:
        end, t_key = start + bias.shape[1], bias.shape[2]
        parts.append(_attend(query[:, :, start:end], key[:, :, :t_key], value[:, :, :t_key], bias, dropout))
        start = end
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)


def _attend(
    query: Float[Tensor, "batch head t head_width"],
    key: Float[Tensor, "batch head t_key head_width"],
    value: Float[Tensor, "batch head t_key head_width"],
    bias: Float[Tensor, "head t t_key"] | None,
    dropout: float,
) -> Float[Tensor, "batch t joined_width"]:
    mask = None if bias is None else bias.to(query.dtype).unsqueeze(0)
    attended: Tensor = F.scaled_dot_product_attention(query, key, value, mask, dropout_p=dropout, scale=1.0)
    return attended.transpose(1, 2).flatten(2)


def empty_cache(like: Tensor, batch: int, heads: int, t: int, head_width: int) -> KeysValues:
    """Zero-filled key/value cache for `t` positions, with the dtype and device of `like`."""
    shape = (batch, heads, t, head_width)
    return KeysValues(*(torch.zeros(shape, dtype=like.dtype, device=like.device) for _ in range(2)))
