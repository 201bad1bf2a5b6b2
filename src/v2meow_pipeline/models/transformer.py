"""The T5 Transformer of all stages: encoder-decoder, or decoder-only (paper, section "Stages").

Inputs are embeddings and outputs are hidden states; adapters, token embeddings and heads are part of the stage model.

Shapes: `batch` clips, `t_memory` encoder positions, `t` decoder positions, `width` model width.
"""

from typing import cast

from jaxtyping import Float
from pydantic import Field
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from v2meow_pipeline.config import Config
from v2meow_pipeline.models.attention import Biases
from v2meow_pipeline.models.layers import Activation, Layer
from v2meow_pipeline.models.positions import RelativePositionBias


class TransformerConfig(Config):
    """Sizes of a Transformer; the defaults are for a laptop.

    Attributes:
        width: width of the residual stream.
        heads: number of attention heads.
        head_width: width of one head; heads x head_width need not equal width.
        feed_forward: inner width of the feed-forward blocks.
        encoder_layers: number of encoder layers; 0 gives a decoder-only model.
        decoder_layers: number of decoder layers.
        activation: "relu" (T5) or "gated-gelu" (T5 v1.1).
        causal: whether the decoder's self-attention is causal; False for masked refinement.
        dropout: dropout probability.
        recompute: whether to use activation checkpointing: stores only the inputs of each layer and recomputes the rest
            in the backward pass, which takes a fraction of the memory and a third more compute.
        position_buckets: number of relative position buckets.
        position_max_distance: positions at least this far apart share the last bucket.
        norm_eps: epsilon of the RMS norms.
    """

    width: int = Field(default=256, gt=0)
    heads: int = Field(default=4, gt=0)
    head_width: int = Field(default=64, gt=0)
    feed_forward: int = Field(default=1024, gt=0)
    encoder_layers: int = Field(default=2, ge=0)
    decoder_layers: int = Field(default=4, gt=0)
    activation: Activation = "relu"
    causal: bool = True
    dropout: float = Field(default=0.1, ge=0, lt=1)
    recompute: bool = False
    position_buckets: int = Field(default=32, gt=3)
    position_max_distance: int = Field(default=128, gt=1)
    norm_eps: float = Field(default=1e-6, gt=0)


class Stack(nn.Module):
    """Transformer layers with a shared relative position bias, as in T5, and a final norm."""

    def __init__(self, config: TransformerConfig, layers: int, decoder: bool) -> None:
        super().__init__()
        self.position_bias = RelativePositionBias(
            config.heads,
            config.position_buckets,
            config.position_max_distance,
            bidirectional=not (decoder and config.causal),
        )
        layer_list = [
            Layer(
                width=config.width,
                heads=config.heads,
                head_width=config.head_width,
                inner_width=config.feed_forward,
                activation=config.activation,
                dropout=config.dropout,
                norm_eps=config.norm_eps,
                cross=decoder and config.encoder_layers > 0,
            )
            for _ in range(layers)
        ]
        self.layers = nn.ModuleList(layer_list)
        self.norm = nn.RMSNorm(config.width, eps=config.norm_eps)
        self.dropout = nn.Dropout(config.dropout)
        self.recompute = config.recompute
        nn.init.normal_(self.position_bias.table.weight, std=config.width**-0.5)
        for layer in layer_list:
            layer.initialise()

    @property
    def blocks(self) -> list[Layer]:
        """The layers, with their static type."""
        return [cast(Layer, layer) for layer in self.layers]

    def forward(
        self, inputs: Float[Tensor, "batch t width"], memory: Float[Tensor, "batch t_memory width"] | None = None
    ) -> Float[Tensor, "batch t width"]:
        """Hidden states of a whole sequence."""
        bias = self.position_bias.blocks(inputs.shape[1], inputs.device)
        hidden = self.dropout(inputs)
        for layer in self.blocks:
            if self.recompute and self.training:
                hidden = checkpoint(_apply_layer, layer, hidden, bias, memory, use_reentrant=False)
            else:
                hidden = _apply_layer(layer, hidden, bias, memory)
        return self.dropout(self.norm(hidden))


def _apply_layer(
    layer: Layer,
    hidden: Float[Tensor, "batch t width"],
    bias: Biases,
    memory: Float[Tensor, "batch t_memory width"] | None,
) -> Float[Tensor, "batch t width"]:
    return layer(hidden, bias, None if memory is None else layer.keys_values(memory))


class Transformer(nn.Module):
    """T5 Transformer from input embeddings to decoder hidden states; `forward` is `encode` followed by `decode`."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Stack(config, config.encoder_layers, decoder=False) if config.encoder_layers else None
        self.decoder = Stack(config, config.decoder_layers, decoder=True)

    def encode(self, inputs: Float[Tensor, "batch t_memory width"]) -> Float[Tensor, "batch t_memory width"]:
        """Encoder outputs; a decoder-only model returns the inputs."""
        return inputs if self.encoder is None else self.encoder(inputs)

    def decode(
        self, inputs: Float[Tensor, "batch t width"], memory: Float[Tensor, "batch t_memory width"] | None = None
    ) -> Float[Tensor, "batch t width"]:
        """Decoder hidden states of a whole sequence; if `causal`, each depends only on its own and earlier positions.

        Args:
            inputs: embeddings of the sequence.
            memory: encoder outputs; None for a decoder-only model.

        Returns:
            One hidden state per position of `inputs`.
        """
        return self.decoder(inputs, memory)

    def forward(
        self, encoder_inputs: Float[Tensor, "batch t_memory width"], decoder_inputs: Float[Tensor, "batch t width"]
    ) -> Float[Tensor, "batch t width"]:
        """Decoder hidden states of a whole sequence."""
        return self.decode(decoder_inputs, self.encode(encoder_inputs) if self.encoder is not None else None)
