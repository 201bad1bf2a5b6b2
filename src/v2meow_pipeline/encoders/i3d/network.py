"""I3D network: inflated 3D Inception-V1 (Carreira & Zisserman 2017, figure 3), without its classifier.

Layers have the names of the widely used PyTorch conversion of the published weights.

Shapes: `batch` clips, `c` channels, `t` frames or time steps, `h` and `w` rows and columns, `width` channels of the
last layer (1,024 in the original). The time stride is 8 frames and the receptive field 99 frames.
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

# Output channels of the convolutions in the four branches: 1x1; 1x1 then 3x3; 1x1 then 3x3; pool then 1x1.
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
# Max pooling before these layers: name, and kernel and stride in time, rows and columns.
POOLS = {
    "Conv3d_2b_1x1": ("MaxPool3d_2a_3x3", (1, 3, 3), (1, 2, 2)),
    "Mixed_3b": ("MaxPool3d_3a_3x3", (1, 3, 3), (1, 2, 2)),
    "Mixed_4b": ("MaxPool3d_4a_3x3", (3, 3, 3), (2, 2, 2)),
    "Mixed_5b": ("MaxPool3d_5a_2x2", (2, 2, 2), (2, 2, 2)),
}

Triple = tuple[int, int, int]


class I3d(nn.Module):
    """I3D feature extractor.

    Attributes:
        width: width of the features.
        flow_fps: frame rate of the training flow; 0 if unknown.
    """

    flow_fps: Tensor

    def __init__(self, config: I3dConfig, in_channels: int = FLOW_CHANNELS) -> None:
        """Builds the network with random weights.

        Args:
            config: configuration of the network.
            in_channels: input channels; 2 for flow.
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
        """Last feature maps of flow in [-1, 1], with stride 8 in time and 32 in rows and columns."""
        for layer in self.children():
            flow = layer(flow)
        return flow

    def features(self, flow: Float[Tensor, "batch c t h w"], t_visual: int) -> Float[Tensor, "batch {t_visual} width"]:
        """Features averaged over the image, and over time to the visual rate.

        Args:
            flow: flow images in [-1, 1].
            t_visual: number of visual frames; if it does not divide the time steps, adjacent frames share a step.

        Returns:
            Non-negative features.
        """
        pooled = F.adaptive_avg_pool3d(self(flow), (t_visual, 1, 1))
        return pooled[..., 0, 0].transpose(1, 2)


class Unit(nn.Module):
    """Convolution, batch norm and ReLU."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int = 1, stride: int = 1) -> None:
        """Builds the unit with random weights.

        Args:
            in_channels: input channels.
            out_channels: output channels.
            kernel: kernel size in all three dimensions.
            stride: stride in all three dimensions.
        """
        super().__init__()
        self.conv3d = nn.Conv3d(in_channels, out_channels, kernel, stride, bias=False)
        self.bn = nn.BatchNorm3d(out_channels, EPSILON, MOMENTUM)

    def forward(self, x: Float[Tensor, "batch c t h w"]) -> Float[Tensor, "batch c_out t_out h_out w_out"]:
        """Non-negative feature maps of size ceil(size / stride)."""
        return F.relu(self.bn(self.conv3d(same(x, self.conv3d.kernel_size, self.conv3d.stride))))


class SamePool(nn.Module):
    """Max pooling with TensorFlow's "SAME" padding."""

    def __init__(self, kernel: Triple, stride: Triple) -> None:
        """Stores the sizes.

        Args:
            kernel: kernel size in time, rows and columns.
            stride: stride in time, rows and columns.
        """
        super().__init__()
        self.kernel, self.stride = kernel, stride

    def forward(self, x: Float[Tensor, "batch c t h w"]) -> Float[Tensor, "batch c t_out h_out w_out"]:
        """Maps of size ceil(size / stride); zero padding does not affect the maximum of non-negative maps."""
        return F.max_pool3d(same(x, self.kernel, self.stride), self.kernel, self.stride)


class Mixed(nn.Module):
    """Inception block with four concatenated branches.

    Attributes:
        out_channels: total output channels.
    """

    def __init__(self, in_channels: int, channels: Sequence[int]) -> None:
        """Builds the block with random weights.

        Args:
            in_channels: input channels.
            channels: output channels of its six convolutions (see `MIXED`).
        """
        super().__init__()
        self.b0 = Unit(in_channels, channels[0])
        self.b1a, self.b1b = Unit(in_channels, channels[1]), Unit(channels[1], channels[2], 3)
        self.b2a, self.b2b = Unit(in_channels, channels[3]), Unit(channels[3], channels[4], 3)
        self.b3a = SamePool((3, 3, 3), (1, 1, 1))
        self.b3b = Unit(in_channels, channels[5])
        self.out_channels = channels[0] + channels[2] + channels[4] + channels[5]

    def forward(self, x: Float[Tensor, "batch c t h w"]) -> Float[Tensor, "batch c_out t h w"]:
        """Feature maps of the input's size."""
        branches = (self.b0(x), self.b1b(self.b1a(x)), self.b2b(self.b2a(x)), self.b3b(self.b3a(x)))
        return torch.cat(branches, dim=1)


def same(
    x: Float[Tensor, "batch c t h w"], kernel: Sequence[int], stride: Sequence[int]
) -> Float[Tensor, "batch c t_padded h_padded w_padded"]:
    """Zero-pads maps as TensorFlow's "SAME" padding does: an odd row or column is added at the end.

    Args:
        x: feature maps.
        kernel: kernel size of the next layer in time, rows and columns.
        stride: stride of the next layer in time, rows and columns.

    Returns:
        Padded maps, for which the next layer's output has size ceil(size / stride).
    """
    sides = []
    for size, k, s in zip(x.shape[2:], kernel, stride, strict=True):
        missing = max((-(-size // s) - 1) * s + k - size, 0)
        sides.append((missing // 2, missing - missing // 2))
    padding = list(chain.from_iterable(reversed(sides)))
    return F.pad(x, padding) if any(padding) else x


def channels_last(network: I3d) -> I3d:
    """Converts the weights to channels-last layout, which is 20 % faster on a CPU."""
    return network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
