"""Incremental decoding: a Transformer's decoder, one position of several clips at a time, without gradients.

It computes the same as `Transformer.decode` of the whole sequence, up to rounding. The result of a row depends neither
on the number nor on the values of the other rows: matrix products are `RowProduct`s, all other operations treat each
row independently, and rows start at multiples of 64 bytes, since kernels may round differently at other addresses (for
this the width of a head must be a multiple of 16). Caches are allocated once, and weights are copied in the layout that
small products read fastest.

Shapes: `row` clips (with guidance twice as many), `padded` rows of a `RowProduct`, `width` model width.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from v2meow_pipeline.models.attention import KeysValues, empty_cache
from v2meow_pipeline.models.layers import Layer
from v2meow_pipeline.models.matrix_kernels import FULL, ProductPrecision
from v2meow_pipeline.models.row_products import RowProduct, padded_rows
from v2meow_pipeline.models.transformer import Transformer


class IncrementalDecoder:
    """Decoder with key/value caches for a fixed number of rows and positions.

    Attributes:
        rows: number of rows.
        padded: inputs of the current position, followed by rows of zeros.
        length: number of positions decoded so far.
    """

    def __init__(
        self,
        transformer: Transformer,
        memory: Float[Tensor, "row t_memory width"] | None,
        rows: int,
        t_max: int,
        precision: ProductPrecision = FULL,
    ) -> None:
        """Allocates the caches, and computes keys and values of the cross-attention.

        Args:
            transformer: the model, in evaluation mode; the weights of its decoder are copied.
            memory: encoder outputs; None for a decoder-only model.
            rows: number of rows.
            t_max: maximum number of positions.
            precision: precision of the matrix products of `step`.
        """
        self.rows, self.length, self.t_max = rows, 0, t_max
        self.decoder = transformer.decoder
        self.layers = [_LayerStep(layer, memory, rows, t_max, precision) for layer in self.decoder.blocks]
        self.norm = _Norm(self.decoder.norm)
        weight = self.decoder.norm.weight
        self.padded = weight.new_zeros(padded_rows(rows, weight.device, precision), len(weight))
        positions = torch.arange(t_max, device=weight.device)
        self.bias = self.decoder.position_bias(positions[-1:], positions)[None]

    def prefill(self, inputs: Float[Tensor, "row t width"]) -> None:
        """Writes the keys and values of the first `t` positions to the caches, row by row.

        Args:
            inputs: embeddings of these positions.
        """
        self.length = inputs.shape[1]
        bias = self.decoder.position_bias.blocks(self.length, inputs.device)
        for row in range(len(inputs)):
            hidden = _copy_of_row(inputs, row)
            for layer, step in zip(self.decoder.blocks, self.layers, strict=True):
                hidden = layer(hidden, bias, _row_of(step.memory, row), _row_of(step.cache, row))

    def step(self, inputs: Float[Tensor, "row width"]) -> Float[Tensor, "padded width"]:
        """Decodes the next position.

        Args:
            inputs: embeddings of this position.

        Returns:
            Hidden states; the rows after those of `inputs` are padding.
        """
        # Copied, because fused GPU kernels need aligned addresses.
        bias = self.bias[..., self.t_max - 1 - self.length :].contiguous()
        self.padded[: len(inputs)] = inputs
        hidden = self.padded
        for layer in self.layers:
            hidden = layer(hidden, self.length, bias)
        self.length += 1
        return self.norm(hidden) * self.norm.scale


class _LayerStep:
    """One layer of `IncrementalDecoder`, with the keys and values of its self-attention and cross-attention."""

    def __init__(
        self,
        layer: Layer,
        memory: Float[Tensor, "row t_memory width"] | None,
        rows: int,
        t_max: int,
        precision: ProductPrecision,
    ) -> None:
        own, cross, feed_forward = layer.self_attention, layer.cross_attention, layer.feed_forward
        weight = own.out.weight
        self.rows, self.heads = rows, own.heads
        self.activate = feed_forward.activate
        self.attended = weight.new_zeros(padded_rows(rows, weight.device, precision), own.out.in_features)
        self.cache = empty_cache(weight, rows, own.heads, t_max, own.out.in_features // own.heads)
        self.memory: KeysValues | None = None
        self.norm = _Norm(layer.self_norm)

        def product(linear: nn.Linear, norm: _Norm | None = None) -> RowProduct:
            weight = linear.weight if norm is None else linear.weight * norm.scale
            return RowProduct(weight, len(self.attended), precision)

        self.query_key_value = product(own.query_key_value, self.norm)
        self.self_out = product(own.out)
        if cross is not None and layer.cross_norm is not None and memory is not None:
            # Row by row, because the rounding of a product depends on the number of rows.
            each = [cross.keys_values(_copy_of_row(memory, row)) for row in range(rows)]
            self.memory = KeysValues(torch.cat([e.keys for e in each]), torch.cat([e.values for e in each]))
            self.query = product(cross.query, _Norm(layer.cross_norm))
            self.cross_out = product(cross.out)
        self.into = product(feed_forward.into, _Norm(layer.feed_forward_norm))
        self.out = product(feed_forward.out)

    def __call__(
        self, hidden: Float[Tensor, "padded width"], position: int, bias: Float[Tensor, "1 head 1 t"]
    ) -> Float[Tensor, "padded width"]:
        fused = self.query_key_value(self.norm(hidden))[: self.rows].view(self.rows, 3, self.heads, 1, -1)
        query, key, value = fused.unbind(1)
        keys, values = (part.narrow(2, 0, position + 1) for part in self.cache)
        keys[:, :, position:] = key
        values[:, :, position:] = value
        hidden = self.self_out(self._attend(query, keys, values, bias), hidden)
        if self.memory is not None:
            query = self.query(self.norm(hidden))[: self.rows].view(self.rows, self.heads, 1, -1)
            hidden = self.cross_out(self._attend(query, *self.memory, None), hidden)
        return self.out(self.activate(self.into(self.norm(hidden))), hidden)

    def _attend(
        self, query: Tensor, keys: Tensor, values: Tensor, bias: Tensor | None
    ) -> Float[Tensor, "padded inner"]:
        attended = F.scaled_dot_product_attention(query, keys, values, bias, scale=1.0).flatten(1)
        if self.rows == len(self.attended):
            return attended
        self.attended[: self.rows] = attended
        return self.attended


class _Norm:
    """RMS norm without its scale, which `_LayerStep` multiplies into the next matrix.

    The RMS norm is x / sqrt(mean(x^2) + eps) = sqrt(width) x / sqrt(|x|^2 + width eps).
    """

    def __init__(self, norm: nn.RMSNorm) -> None:
        width = norm.weight.shape[0]
        self.scale = norm.weight * math.sqrt(width)
        self.floor = norm.weight.new_tensor(math.sqrt(width * (norm.eps or 0.0)))

    def __call__(self, values: Float[Tensor, "padded width"]) -> Float[Tensor, "padded width"]:
        return values / torch.hypot(torch.linalg.vector_norm(values, dim=-1, keepdim=True), self.floor)


def _copy_of_row(values: Float[Tensor, "row t width"], row: int) -> Float[Tensor, "1 t width"]:
    return values[row : row + 1].clone()


def _row_of(pair: KeysValues | None, row: int) -> KeysValues | None:
    return None if pair is None else KeysValues(*(part[row : row + 1] for part in pair))
