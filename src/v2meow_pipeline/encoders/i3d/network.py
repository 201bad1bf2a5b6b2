"""Inception-V1 inflated to three dimensions (I3D; Carreira & Zisserman 2017, figure 3), without its classifier.

Layers have the names of the widely used PyTorch conversion of the published weights, so that these load as they are.

Shapes: `batch` clips, `c` channels, `t` frames or steps in time, `h` and `w` rows and columns, `width` the channels of
the last layer (1,024 in the original). Of 8 frames there is one step, which has seen 99 frames.
"""

from collections.abc import Sequence
from itertools import chain

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from v2meow_pipeline.encoders.i3d.config import I3dConfig

FLOW_CHANNELS = 2
EPSILON = 1e-3
MOMENTUM = 0.1

# Output channels of the four branches: 1x1; 1x1 then 3x3; 1x1 then 3x3; pool then 1x1.
MIXED = {
    "Mixed_3b": (64, 96, 128, 16, 32, 32),
    "Mixed_3c": (128, 128, 192, 32, 96, 64),
    "Mixed_4b": (192, 96, 208, 16, 48, 64),
    "Mixed_4c": (160, 112, 224, 24, 64, 64),
    "Mixed_4d": (128, 128, 256, 24, 64, 64),
    "Mixed_4e": (112, 144, 288, 32, 64, 64),
    "Mixed_4f": (256, 160, 320, 32, 128, 128),
    "Mixed_5b": (256, 160, 320, 32, 128, 128),
    "Mixed_5c": (384, 192, 384, 48, 128, 128),
}
# A pool stands before each of these: kernel and stride in time, rows and columns.
POOLS = {
    "Conv3d_2b_1x1": ("MaxPool3d_2a_3x3", (1, 3, 3), (1, 2, 2)),
    "Mixed_3b": ("MaxPool3d_3a_3x3", (1, 3, 3), (1, 2, 2)),
    "Mixed_4b": ("MaxPool3d_4a_3x3", (3, 3, 3), (2, 2, 2)),
    "Mixed_5b": ("MaxPool3d_5a_2x2", (2, 2, 2), (2, 2, 2)),
}

Triple = tuple[int, int, int]


class I3d(nn.Module):
    """The network up to its features.

    Attributes:
        width: of the features.
        flow_fps: rate of the flow that it was trained on; 0 where that is not known.
    """

    flow_fps: Tensor

    def __init__(self, config: I3dConfig, in_channels: int = FLOW_CHANNELS) -> None:
        """Random weights.

        Args:
            config: its width.
            in_channels: 2 for flow.
        """
        super().__init__()
        stem = [config.channels(n) for n in (64, 64, 192)]
        layers: dict[str, nn.Module] = {
            "Conv3d_1a_7x7": Unit(in_channels, stem[0], 7, 2),
            "Conv3d_2b_1x1": Unit(stem[0], stem[1]),
            "Conv3d_2c_3x3": Unit(stem[1], stem[2], 3),
        }
        channels = stem[2]
        for name, original in MIXED.items():
            mixed = Mixed(channels, [config.channels(n) for n in original])
            layers[name], channels = mixed, mixed.out_channels
        for name, layer in layers.items():
            if name in POOLS:
                pool, kernel, stride = POOLS[name]
                self.add_module(pool, SamePool(kernel, stride))
            self.add_module(name, layer)
        self.width = channels
        self.register_buffer("flow_fps", torch.zeros((), dtype=torch.int64))

    def forward(self, flow: Float[Tensor, "batch c t h w"]) -> Float[Tensor, "batch width t_step h_step w_step"]:
        """The last feature maps, of flow in [-1, 1]; one step of 8 frames, and a square of 32 x 32 pixels."""
        for layer in self.children():
            flow = layer(flow)
        return flow

    def features(self, flow: Float[Tensor, "batch c t h w"], t_visual: int) -> Float[Tensor, "batch {t_visual} width"]:
        """The features before the classifier: averaged over the picture, and over time to the visual rate.

        Args:
            flow: in [-1, 1].
            t_visual: visual frames in the window; where it does not divide the steps, neighbours share one.

        Returns:
            Non-negative numbers.
        """
        pooled = F.adaptive_avg_pool3d(self(flow), (t_visual, 1, 1))
        return pooled[..., 0, 0].transpose(1, 2)


class Unit(nn.Module):
    """Convolution, batch norm, ReLU."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int = 1, stride: int = 1) -> None:
        """Random weights.

        Args:
            in_channels: of the input.
            out_channels: of the output.
            kernel: side of the cube.
            stride: in all three directions.
        """
        super().__init__()
        self.conv3d = nn.Conv3d(in_channels, out_channels, kernel, stride, bias=False)
        self.bn = nn.BatchNorm3d(out_channels, EPSILON, MOMENTUM)

    def forward(self, x: Float[Tensor, "batch c t h w"]) -> Float[Tensor, "batch c_out t_out h_out w_out"]:
        """Non-negative feature maps of ceil(size / stride)."""
        return F.relu(self.bn(self.conv3d(same(x, self.conv3d.kernel_size, self.conv3d.stride))))


class SamePool(nn.Module):
    """Maximum over neighbours."""

    def __init__(self, kernel: Triple, stride: Triple) -> None:
        """Nothing to train.

        Args:
            kernel: in time, rows and columns.
            stride: likewise.
        """
        super().__init__()
        self.kernel, self.stride = kernel, stride

    def forward(self, x: Float[Tensor, "batch c t h w"]) -> Float[Tensor, "batch c t_out h_out w_out"]:
        """Maps of ceil(size / stride); zeros around non-negative maps do not change a maximum."""
        return F.max_pool3d(same(x, self.kernel, self.stride), self.kernel, self.stride)


class Mixed(nn.Module):
    """An Inception block: four views of the same place, side by side.

    Attributes:
        out_channels: of the four together.
    """

    def __init__(self, in_channels: int, channels: Sequence[int]) -> None:
        """Random weights.

        Args:
            in_channels: of the input.
            channels: six numbers, see `MIXED`.
        """
        super().__init__()
        self.b0 = Unit(in_channels, channels[0])
        self.b1a, self.b1b = Unit(in_channels, channels[1]), Unit(channels[1], channels[2], 3)
        self.b2a, self.b2b = Unit(in_channels, channels[3]), Unit(channels[3], channels[4], 3)
        self.b3a = SamePool((3, 3, 3), (1, 1, 1))
        self.b3b = Unit(in_channels, channels[5])
        self.out_channels = channels[0] + channels[2] + channels[4] + channels[5]

    def forward(self, x: Float[Tensor, "batch c t h w"]) -> Float[Tensor, "batch c_out t h w"]:
        """Maps of the same size."""
        branches = (self.b0(x), self.b1b(self.b1a(x)), self.b2b(self.b2a(x)), self.b3b(self.b3a(x)))
        return torch.cat(branches, dim=1)


def same(
    x: Float[Tensor, "batch c t h w"], kernel: Sequence[int], stride: Sequence[int]
) -> Float[Tensor, "batch c t_padded h_padded w_padded"]:
    """The maps with zeros around them as TensorFlow's "SAME" puts them: an odd one goes to the end.

    Args:
        x: maps.
        kernel: of what follows, in time, rows and columns.
        stride: likewise.

    Returns:
        Maps from which that makes ceil(size / stride).
    """
    sides = []
    for size, k, s in zip(x.shape[2:], kernel, stride, strict=True):
        missing = max((-(-size // s) - 1) * s + k - size, 0)
        sides.append((missing // 2, missing - missing // 2))
    padding = list(chain.from_iterable(reversed(sides)))
    return F.pad(x, padding) if any(padding) else x


def channels_last(network: I3d) -> I3d:
    """The same network with its weights laid out so that a CPU is a fifth faster."""
    return network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
