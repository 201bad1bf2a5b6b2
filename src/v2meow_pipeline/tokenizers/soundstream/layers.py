"""Causal convolutions with streaming: processing a waveform in chunks gives the same result as at once.

Each layer depends on a fixed number of past inputs. They are zeros at the start of a waveform, and are kept in a
`Memory` between chunks.

Shapes: `batch` examples, `channel` channels of a layer, `t` positions at the layer's rate.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

# Streaming state: past inputs by causal layer; empty at the start of a waveform.
Memory = dict[nn.Module, Tensor]
KERNEL = 7
DILATION_GROWTH = 3
# Initial gain of a residual branch, so that a stack of residual units preserves the variance.
RESIDUAL_GAIN = 0.3


class CausalConv(nn.Module):
    """Causal 1D convolution.

    Args:
        channels: input channels.
        wider: output channels.
        kernel: kernel size.
        stride: stride.
        dilation: dilation.
    """

    def __init__(self, channels: int, wider: int, kernel: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        self.past = (kernel - 1) * dilation + 1 - stride
        self.conv = nn.Conv1d(channels, wider, kernel, stride, dilation=dilation)
        _initialise(self.conv, channels * kernel)

    def forward(
        self, x: Float[Tensor, "batch channel t"], memory: Memory | None = None
    ) -> Float[Tensor, "batch wider t2"]:
        """Returns `t / stride` outputs; `t` must be a multiple of the stride."""
        return self.conv(_with_past(self, x, self.past, memory))


class CausalTransposedConv(nn.Module):
    """Causal transposed 1D convolution with kernel 2 * stride; an output depends on its input and the previous one.

    Args:
        channels: input channels.
        narrower: output channels.
        stride: outputs per input.
    """

    def __init__(self, channels: int, narrower: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.conv = nn.ConvTranspose1d(channels, narrower, 2 * stride, stride)
        _initialise(self.conv, channels * 2)

    def forward(
        self, x: Float[Tensor, "batch channel t"], memory: Memory | None = None
    ) -> Float[Tensor, "batch narrower t2"]:
        """Returns `t * stride` outputs."""
        upsampled = self.conv(_with_past(self, x, 1, memory))
        return upsampled[..., self.stride : -self.stride]


class ResidualUnit(nn.Module):
    """Residual unit: a dilated convolution and a pointwise convolution, added to the input.

    Args:
        channels: input and output channels.
        dilation: dilation of the first convolution.
    """

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.dilated = CausalConv(channels, channels, KERNEL, dilation=dilation)
        self.mixed = CausalConv(channels, channels, 1)
        with torch.no_grad():
            self.mixed.conv.weight *= RESIDUAL_GAIN

    def forward(
        self, x: Float[Tensor, "batch channel t"], memory: Memory | None = None
    ) -> Float[Tensor, "batch channel t"]:
        """Output of the unit, with the shape of the input."""
        return x + self.mixed(F.elu(self.dilated(F.elu(x), memory)), memory)


class Encoder(nn.Module):
    """SoundStream encoder: residual units and a strided convolution per stride (the SoundStream paper, figure 3).

    Args:
        widths: channels before each stride, then after the last.
        strides: strides of the blocks.
        units: residual units before each stride, with dilations 1, 3, 9 and so on.
        code_width: width of the output vectors.
    """

    def __init__(
        self, widths: tuple[int, ...], strides: tuple[int, ...], units: tuple[int, ...], code_width: int
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [CausalConv(1, widths[0], KERNEL)]
        for channels, wider, stride, count in zip(widths[:-1], widths[1:], strides, units, strict=True):
            layers += _units(channels, count)
            layers += [nn.ELU(), CausalConv(channels, wider, 2 * stride, stride)]
        self.layers = nn.ModuleList([*layers, nn.ELU(), CausalConv(widths[-1], code_width, 3)])

    def forward(
        self, waves: Float[Tensor, "batch samples"], memory: Memory | None = None
    ) -> Float[Tensor, "batch t code_width"]:
        """One vector per hop; the number of samples must be a multiple of the hop."""
        return _apply_layers(self.layers, waves[:, None], memory).transpose(1, 2)


class Decoder(nn.Module):
    """SoundStream decoder: the mirrored encoder.

    Args:
        widths: channels, in the encoder's order.
        strides: strides, in the encoder's order.
        units: residual units, in the encoder's order.
        code_width: width of the input vectors.
    """

    def __init__(
        self, widths: tuple[int, ...], strides: tuple[int, ...], units: tuple[int, ...], code_width: int
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [CausalConv(code_width, widths[-1], KERNEL)]
        for channels, narrower, stride, count in zip(
            widths[:0:-1], widths[-2::-1], strides[::-1], units[::-1], strict=True
        ):
            layers += [nn.ELU(), CausalTransposedConv(channels, narrower, stride)]
            layers += _units(narrower, count)
        self.layers = nn.ModuleList([*layers, nn.ELU(), CausalConv(widths[0], 1, KERNEL)])

    def forward(
        self, vectors: Float[Tensor, "batch t code_width"], memory: Memory | None = None
    ) -> Float[Tensor, "batch samples"]:
        """One hop of samples per vector."""
        return _apply_layers(self.layers, vectors.transpose(1, 2), memory)[:, 0]


def _initialise(conv: nn.Conv1d | nn.ConvTranspose1d, inputs: int) -> None:
    """Initialises weights so that the variance is preserved.

    torch's default reduces it in each layer, so the vectors of a deep encoder would be too small at first.
    """
    nn.init.normal_(conv.weight, std=inputs**-0.5)
    if conv.bias is not None:
        nn.init.zeros_(conv.bias)


def _units(channels: int, count: int) -> list[nn.Module]:
    return [ResidualUnit(channels, DILATION_GROWTH**index) for index in range(count)]


def _apply_layers(layers: nn.ModuleList, x: Tensor, memory: Memory | None) -> Tensor:
    for layer in layers:
        x = layer(x) if isinstance(layer, nn.ELU) else layer(x, memory)
    return x


def _with_past(
    layer: nn.Module, x: Float[Tensor, "batch channel t"], past: int, memory: Memory | None
) -> Float[Tensor, "batch channel longer"]:
    """Prepends `past` inputs, and stores those that the next chunk needs."""
    previous = None if memory is None else memory.get(layer)
    if previous is None:
        previous = x.new_zeros(*x.shape[:2], past)
    joined = torch.cat([previous, x], dim=-1)
    if memory is not None:
        memory[layer] = joined[..., joined.shape[-1] - past :]
    return joined
