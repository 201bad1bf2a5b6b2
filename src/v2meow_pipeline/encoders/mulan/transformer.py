"""A bidirectional Transformer encoder, the body of both towers.

Blocks are pre-norm as in ViT and AST (Dosovitskiy et al. 2021); BERT's post-norm needs a long warm-up to train.

Shapes: `batch` examples, `t` elements of a sequence, `width` of the residual stream.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional as F

from v2meow_pipeline.encoders.mulan.config import TransformerConfig

INITIAL_DEVIATION = 0.02


class Block(nn.Module):
    """Self-attention and a feed-forward network, each after a norm and added to what comes in."""

    def __init__(self, config: TransformerConfig) -> None:
        """Builds the block.

        Args:
            config: of the stack.
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
        """The states after this block; `mask` is false where nothing may look."""
        joined = self.query_key_value(self.attention_norm(x))
        query, key, value = joined.unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        heads = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        x = x + self.dropout(self.mixed(heads.transpose(1, 2).flatten(2)))
        return x + self.dropout(self.contracted(F.gelu(self.expanded(self.feed_forward_norm(x)))))


class Transformer(nn.Module):
    """A stack of blocks from a sequence to one vector."""

    def __init__(self, config: TransformerConfig) -> None:
        """Builds the stack with random weights.

        Args:
            config: sizes.
        """
        super().__init__()
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)
        self.first = nn.Parameter(torch.zeros(config.width)) if config.pooling == "cls" else None
        self.apply(initialise)

    def forward(
        self, x: Float[Tensor, "batch t width"], mask: Bool[Tensor, "batch t"] | None = None
    ) -> Float[Tensor, "batch width"]:
        """The pooled last states; where `mask` is false there is padding, which changes nothing."""
        if self.first is not None:
            x = torch.cat([self.first.expand(len(x), 1, -1), x], dim=1)
            mask = None if mask is None else F.pad(mask, (1, 0), value=True)
        looked_at = None if mask is None else mask[:, None, None, :]
        for block in self.blocks:
            x = block(x, looked_at)
        x = self.norm(x)
        if self.first is not None:
            return x[:, 0]
        if mask is None:
            return x.mean(dim=1)
        return (x * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True).clamp(min=1)


def initialise(module: nn.Module) -> None:
    """BERT's and ViT's initial weights: a normal distribution cut at two deviations, biases of zero."""
    if isinstance(module, nn.Linear | nn.Conv2d):
        nn.init.trunc_normal_(module.weight, std=INITIAL_DEVIATION)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Embedding):
        nn.init.trunc_normal_(module.weight, std=INITIAL_DEVIATION)
