"""The T5 Transformer of all stages: encoder-decoder, or decoder-only (paper, section "Stages").

Inputs are embeddings and outputs are hidden states; adapters, token embeddings and heads are part of the stage model.

Shapes: `batch` clips, `t_memory` encoder positions, `t` decoder positions, `width` model width.
"""

from dataclasses import dataclass
from typing import cast

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from v2meow_pipeline.config import Config
from v2meow_pipeline.models.attention import Biases, KeysValues, empty_cache
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


@dataclass
class DecoderCache:
    """Key/value cache of incremental decoding.

    Attributes:
        own: self-attention keys and values of each layer, allocated for all positions.
        memory: cross-attention keys and values of each layer; empty for a decoder-only model.
        bias: relative position bias by distance, largest distance first, [head, t_max].
        length: number of positions decoded so far.
    """

    own: list[KeysValues]
    memory: list[KeysValues]
    bias: Float[Tensor, "head t_max"]
    length: int = 0


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

    def extend(self, inputs: Float[Tensor, "batch t width"], cache: DecoderCache) -> Float[Tensor, "batch t width"]:
        """Hidden states of the next `t` positions, which are appended to the cache."""
        start, end = cache.length, cache.length + inputs.shape[1]
        if end - start == 1:
            t_max = cache.bias.shape[1]
            # Copied, because fused GPU kernels need aligned addresses.
            bias = cache.bias[:, None, t_max - end :].contiguous()
        else:
            positions = torch.arange(end, device=inputs.device)
            bias = self.position_bias(positions[start:], positions)
        hidden = inputs
        for index, layer in enumerate(self.blocks):
            memory = cache.memory[index] if cache.memory else None
            hidden = layer(hidden, (bias,), memory, cache.own[index], start)
        cache.length = end
        return self.norm(hidden)


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
        self,
        inputs: Float[Tensor, "batch t width"],
        memory: Float[Tensor, "batch t_memory width"] | None = None,
        cache: DecoderCache | None = None,
    ) -> Float[Tensor, "batch t width"]:
        """Decoder hidden states; if `causal`, each depends only on its own and earlier positions.

        Args:
            inputs: embeddings of the whole sequence, or of its next positions when `cache` is given.
            memory: encoder outputs; None for a decoder-only model, or when `cache` is given, which contains them.
            cache: cache created by `new_cache`; updated in place.

        Returns:
            One hidden state per position of `inputs`.
        """
        return self.decoder(inputs, memory) if cache is None else self.decoder.extend(inputs, cache)

    def forward(
        self, encoder_inputs: Float[Tensor, "batch t_memory width"], decoder_inputs: Float[Tensor, "batch t width"]
    ) -> Float[Tensor, "batch t width"]:
        """Decoder hidden states of a whole sequence."""
        return self.decode(decoder_inputs, self.encode(encoder_inputs) if self.encoder is not None else None)

    def new_cache(self, memory: Float[Tensor, "batch t_memory width"] | None, batch: int, t_max: int) -> DecoderCache:
        """Creates an empty cache for `t_max` positions and computes the cross-attention keys and values.

        Args:
            memory: encoder outputs; None for a decoder-only model.
            batch: number of clips.
            t_max: maximum number of decoder positions.

        Returns:
            A cache for `decode`.
        """
        config, weight = self.config, self.decoder.norm.weight
        own = [empty_cache(weight, batch, config.heads, t_max, config.head_width) for _ in range(config.decoder_layers)]
        cross = [] if memory is None else [layer.keys_values(memory) for layer in self.decoder.blocks]
        copied = [KeysValues(pair.keys.contiguous(), pair.values.contiguous()) for pair in cross if pair is not None]
        positions = torch.arange(t_max, device=weight.device)
        bias = self.decoder.position_bias(positions[-1:], positions)[:, 0]
        return DecoderCache(own, copied, bias)
