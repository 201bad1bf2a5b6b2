"""Self- and cross-attention with fused projections and preallocated caches.

T5 does not scale its attention logits: the initial query weights do (layers.initialise).

Shapes: `batch` clips, `t` positions of the sequence at hand, `t_memory` encoder outputs, `head` heads,
`head_width` width of one, `width` the model's.
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


# What is added to the logits of a block of positions, block after block: [head, block, t_key] over the keys that any of
# them sees; -inf hides a key.
Biases: TypeAlias = Sequence[Tensor]


class SelfAttention(nn.Module):
    """Attention of a sequence to itself, or to its own past that a cache holds."""

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
        start: int = 0,
    ) -> Float[Tensor, "batch t width"]:
        """What each position gathers from the positions that `bias` lets it see.

        Args:
            inputs: the sequence, or with a cache its new part.
            bias: of each block of positions, in order; keys beyond a block's bias are not looked at.
            cache: room for the whole sequence; the new part is written to it in place.
            start: position of the first new element.

        Returns:
            A vector for each position of `inputs`.
        """
        query, key, value = _split(self.query_key_value(inputs), 3, self.heads)
        if cache is not None:
            end = start + inputs.shape[1]
            cache.keys[:, :, start:end] = key
            cache.values[:, :, start:end] = value
            key, value = cache.keys[:, :, :end], cache.values[:, :, :end]
        return self.out(_attend_in_blocks(query, key, value, bias, self.dropout if self.training else 0.0))


class CrossAttention(nn.Module):
    """Attention of the decoder to the encoder's outputs, without positions (T5)."""

    def __init__(self, width: int, heads: int, head_width: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.query = nn.Linear(width, heads * head_width, bias=False)
        self.key_value = nn.Linear(width, 2 * heads * head_width, bias=False)
        self.out = nn.Linear(heads * head_width, width, bias=False)

    def keys_values(self, memory: Float[Tensor, "batch t_memory width"]) -> KeysValues:
        """Keys and values of the encoder's outputs: the same for every decoder step, so computed once."""
        key, value = _split(self.key_value(memory), 2, self.heads)
        return KeysValues(key, value)

    def forward(self, inputs: Float[Tensor, "batch t width"], memory: KeysValues) -> Float[Tensor, "batch t width"]:
        """What each position gathers from the encoder's outputs."""
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
    gathered: Tensor = F.scaled_dot_product_attention(query, key, value, mask, dropout_p=dropout, scale=1.0)
    return gathered.transpose(1, 2).flatten(2)


def empty_cache(like: Tensor, batch: int, heads: int, t: int, head_width: int) -> KeysValues:
    """Room for keys and values of `t` positions, of the type and on the device of `like`."""
    shape = (batch, heads, t, head_width)
    return KeysValues(*(torch.zeros(shape, dtype=like.dtype, device=like.device) for _ in range(2)))
