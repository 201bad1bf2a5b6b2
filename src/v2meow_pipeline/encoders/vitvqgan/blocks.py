"""Vision Transformer of ViT-VQGAN's encoder and decoder.

It has pre-norm blocks (Dosovitskiy et al. 2021) and a two-layer head with tanh (Yu et al. 2022, section 3.1).

Shapes: `batch` images, `token` patches in row-major order, `width` width of the residual stream, `out` width of the
head's output.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from v2meow_pipeline.encoders.vitvqgan.config import ViTConfig

INITIAL_STD = 0.02


class Attention(nn.Module):
    """Bidirectional multi-head self-attention."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query_key_value = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, inputs: Float[Tensor, "batch token width"]) -> Float[Tensor, "batch token width"]:
        """Attention output at each patch."""
        batch, tokens, _ = inputs.shape
        fused = self.query_key_value(inputs).view(batch, tokens, 3, self.heads, -1)
        query, key, value = fused.permute(2, 0, 3, 1, 4).unbind()
        attended: Tensor = F.scaled_dot_product_attention(query, key, value)
        return self.out(attended.transpose(1, 2).flatten(2))


class Block(nn.Module):
    """Pre-norm Transformer block: self-attention and feed-forward network."""

    def __init__(self, config: ViTConfig) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(config.width)
        self.attention = Attention(config.width, config.heads)
        self.feed_forward_norm = nn.LayerNorm(config.width)
        self.feed_forward = nn.Sequential(
            nn.Linear(config.width, config.feed_forward),
            nn.GELU() if config.activation == "gelu" else nn.Tanh(),
            nn.Linear(config.feed_forward, config.width),
        )

    def forward(self, hidden: Float[Tensor, "batch token width"]) -> Float[Tensor, "batch token width"]:
        """Residual stream after this block."""
        hidden = hidden + self.attention(self.attention_norm(hidden))
        return hidden + self.feed_forward(self.feed_forward_norm(hidden))


class VisionTransformer(nn.Module):
    """Vision Transformer: position embeddings, blocks and output head."""

    def __init__(self, config: ViTConfig, grid: int, out: int) -> None:
        """Builds the network with random weights.

        Args:
            config: configuration of the Transformer.
            grid: patches per side.
            out: output width per patch.
        """
        super().__init__()
        self.row_table = nn.Parameter(torch.zeros(grid, config.width))
        self.column_table = nn.Parameter(torch.zeros(grid, config.width))
        self.blocks = nn.Sequential(*(Block(config) for _ in range(config.layers)))
        self.norm = nn.LayerNorm(config.width)
        into_head, out_of_head = nn.Linear(config.width, config.feed_forward), nn.Linear(config.feed_forward, out)
        self.head = nn.Sequential(into_head, nn.Tanh(), out_of_head)
        for table in (self.row_table, self.column_table):
            nn.init.normal_(table, std=INITIAL_STD)
        self.apply(initialise)
        for layer in (into_head, out_of_head):  # with smaller outputs, biases would determine the quantized codes
            nn.init.xavier_uniform_(layer.weight)

    def forward(self, inputs: Float[Tensor, "batch token width"]) -> Float[Tensor, "batch token out"]:
        """Output of the head for each patch."""
        positions = (self.row_table[:, None] + self.column_table[None, :]).flatten(0, 1)
        return self.head(self.norm(self.blocks(inputs + positions)))


def initialise(module: nn.Module) -> None:
    """Initialises linear layers as in Vision Transformers; other modules are unchanged."""
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=INITIAL_STD)
        nn.init.zeros_(module.bias)
