"""1D ConvNeXt blocks (Liu et al. 2022) as in Vocos (Siuzdak 2023, section 3).

Shapes: `batch` examples, `t` frames, `width` width of a frame.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


class ConvNextBlock(nn.Module):
    """ConvNeXt block: depthwise convolution over frames, norm and two linear layers, with a residual connection.

    Args:
        width: width of a frame.
        expansion: ratio of the inner width to `width`.
        kernel: kernel size in frames, odd; the ends are zero-padded.
        scale: initial value of the layer scale.
    """

    def __init__(self, width: int, expansion: int, kernel: int, scale: float) -> None:
        super().__init__()
        self.mix = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.wide = nn.Linear(width, expansion * width)
        self.narrow = nn.Linear(expansion * width, width)
        self.scale = nn.Parameter(torch.full((width,), scale))

    def forward(self, x: Float[Tensor, "batch t width"]) -> Float[Tensor, "batch t width"]:
        """Output of the block."""
        return x + self.scale * self.narrow(F.gelu(self.wide(self.norm(self._mixed(x)))))

    def _mixed(self, x: Float[Tensor, "batch t width"]) -> Float[Tensor, "batch t width"]:
        """Depthwise convolution, computed as a 2D convolution of height 1 in channels-last layout.

        This avoids copies, and its gradient takes a third of the time on a CPU.
        """
        images, weight = x.transpose(1, 2).unsqueeze(2), self.mix.weight.unsqueeze(2)
        padding = (0, self.mix.kernel_size[0] // 2)
        mixed = F.conv2d(images, weight, self.mix.bias, padding=padding, groups=len(weight))
        return mixed.squeeze(2).transpose(1, 2)


def blocks(count: int, width: int, expansion: int, kernel: int) -> nn.Sequential:
    """Stack of `count` blocks with initial layer scale 1 / count."""
    return nn.Sequential(*(ConvNextBlock(width, expansion, kernel, 1 / max(1, count)) for _ in range(count)))
