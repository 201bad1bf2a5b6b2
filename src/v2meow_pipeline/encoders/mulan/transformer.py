"""Bidirectional Transformer encoder of both MuLan towers.

Blocks are pre-norm as in ViT and AST (Dosovitskiy et al. 2021); BERT's post-norm needs a long warm-up.

Shapes: `batch` examples, `t` sequence elements, `width` width of the residual stream.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional as F

from v2meow_pipeline.encoders.mulan.config import TransformerConfig

INITIAL_DEVIATION = 0.02


class Block(nn.Module):
    """Pre-norm Transformer block: self-attention and feed-forward network."""

    def __init__(self, config: TransformerConfig) -> None:
        """Builds the block with random weights.

        Args:
            config: configuration of the Transformer.
        """
        super().__init__()
        self.heads = config.heads
        self.attention_norm, self.feed_forward_norm = nn.LayerNorm(config.width), nn.LayerNorm(config.width)
        self.query_key_value = nn.Linear(config.width, 3 * config.width)
        self.mixed = nn.Linear(config.width, config.width)
        self.expanded = nn.Linear(config.width, config.feed_forward)
        self.contracted = nn.Linear(config.feed_forward, config.width)
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self, x: Float[Tensor, "batch t width"], mask: Bool[Tensor, "batch 1 1 t"] | None
    ) -> Float[Tensor, "batch t width"]:
        """States after this block; `mask` is False for keys to ignore."""
        joined = self.query_key_value(self.attention_norm(x))
        query, key, value = joined.unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        heads = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        x = x + self.dropout(self.mixed(heads.transpose(1, 2).flatten(2)))
        return x + self.dropout(self.contracted(F.gelu(self.expanded(self.feed_forward_norm(x)))))


class Transformer(nn.Module):
    """Transformer encoder with pooling to one vector."""

    def __init__(self, config: TransformerConfig) -> None:
        """Builds the stack with random weights.

        Args:
            config: configuration of the Transformer.
        """
        super().__init__()
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)
        self.first = nn.Parameter(torch.zeros(config.width)) if config.pooling == "cls" else None
        self.apply(initialise)

    def forward(
        self, x: Float[Tensor, "batch t width"], mask: Bool[Tensor, "batch t"] | None = None
    ) -> Float[Tensor, "batch width"]:
        """Pooled output; elements where `mask` is False are padding and are ignored."""
        if self.first is not None:
            x = torch.cat([self.first.expand(len(x), 1, -1), x], dim=1)
            mask = None if mask is None else F.pad(mask, (1, 0), value=True)
        attention_mask = None if mask is None else mask[:, None, None, :]
        for block in self.blocks:
            x = block(x, attention_mask)
        x = self.norm(x)
        if self.first is not None:
            return x[:, 0]
        if mask is None:
            return x.mean(dim=1)
        return (x * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True).clamp(min=1)


def initialise(module: nn.Module) -> None:
    """Initialises weights as in BERT and ViT: truncated normal distribution, zero biases."""
    if isinstance(module, nn.Linear | nn.Conv2d):
        nn.init.trunc_normal_(module.weight, std=INITIAL_DEVIATION)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Embedding):
        nn.init.trunc_normal_(module.weight, std=INITIAL_DEVIATION)
