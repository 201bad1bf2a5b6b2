"""Causal convolutions that give the same on a whole wave and piece by piece.

A layer looks back over a fixed number of places, its past. At the start of a sound the past is zeros; from piece to
piece a `Memory` carries it over.

Shapes: `batch` examples, `channel` of a layer, `t` places at the layer's rate.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

# The past of each causal layer, by layer; empty at the start of a sound.
Memory = dict[nn.Module, Tensor]
KERNEL = 7
DILATION_GROWTH = 3
# What a residual unit adds at the start, so that a stack of them keeps its input's size.
RESIDUAL_GAIN = 0.3


class CausalConv(nn.Module):
    """A convolution whose output at a place depends on no later one.

    Args:
        channels: of the input.
        wider: of the output.
        kernel: places that each output sees.
        stride: inputs to an output.
        dilation: between the places seen.
    """

    def __init__(self, channels: int, wider: int, kernel: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        self.past = (kernel - 1) * dilation + 1 - stride
        self.conv = nn.Conv1d(channels, wider, kernel, stride, dilation=dilation)
        _start(self.conv, channels * kernel)

    def forward(
        self, x: Float[Tensor, "batch channel t"], memory: Memory | None = None
    ) -> Float[Tensor, "batch wider t2"]:
        """`t / stride` outputs; `t` is a multiple of the stride."""
        return self.conv(_with_past(self, x, self.past, memory))


class CausalTransposedConv(nn.Module):
    """A transposed convolution of twice the stride, cut so that an output depends on its input and the one before.

    Args:
        channels: of the input.
        narrower: of the output.
        stride: outputs to an input.
    """

    def __init__(self, channels: int, narrower: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.conv = nn.ConvTranspose1d(channels, narrower, 2 * stride, stride)
        _start(self.conv, channels * 2)

    def forward(
        self, x: Float[Tensor, "batch channel t"], memory: Memory | None = None
    ) -> Float[Tensor, "batch narrower t2"]:
        """`t * stride` outputs."""
        made = self.conv(_with_past(self, x, 1, memory))
        return made[..., self.stride : -self.stride]


class ResidualUnit(nn.Module):
    """A dilated convolution and one of a single place, added to the input.

    Args:
        channels: of input and output.
        dilation: of the first convolution.
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
        """As many outputs as inputs."""
        return x + self.mixed(F.elu(self.dilated(F.elu(x), memory)), memory)


class Encoder(nn.Module):
    """Waves to vectors: residual units and a strided convolution to each stride (the paper, figure 3).

    Args:
        widths: channels before each stride, then after the last.
        strides: of the blocks, first to last.
        units: residual units before each stride, their dilations 1, 3, 9 and so on.
        code_width: of the vectors.
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
        """A vector to each hop; the samples are a multiple of it."""
        return _through(self.layers, waves[:, None], memory).transpose(1, 2)


class Decoder(nn.Module):
    """Vectors to waves: the encoder in reverse.

    Args:
        widths: as the encoder's.
        strides: as the encoder's.
        units: as the encoder's.
        code_width: of the vectors.
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
        """A hop of samples to each vector."""
        return _through(self.layers, vectors.transpose(1, 2), memory)[:, 0]


def _start(conv: nn.Conv1d | nn.ConvTranspose1d, inputs: int) -> None:
    """Weights that keep the size of what passes: torch's own shrink it in each layer, and a deep codec's vectors then
    start so small that they say nothing."""
    nn.init.normal_(conv.weight, std=inputs**-0.5)
    if conv.bias is not None:
        nn.init.zeros_(conv.bias)


def _units(channels: int, count: int) -> list[nn.Module]:
    return [ResidualUnit(channels, DILATION_GROWTH**index) for index in range(count)]


def _through(layers: nn.ModuleList, x: Tensor, memory: Memory | None) -> Tensor:
    for layer in layers:
        x = layer(x) if isinstance(layer, nn.ELU) else layer(x, memory)
    return x


def _with_past(
    layer: nn.Module, x: Float[Tensor, "batch channel t"], past: int, memory: Memory | None
) -> Float[Tensor, "batch channel longer"]:
    """`past` places and the input; what the next piece needs of them is kept."""
    before = None if memory is None else memory.get(layer)
    if before is None:
        before = x.new_zeros(*x.shape[:2], past)
    joined = torch.cat([before, x], dim=-1)
    if memory is not None:
        memory[layer] = joined[..., joined.shape[-1] - past :]
    return joined
