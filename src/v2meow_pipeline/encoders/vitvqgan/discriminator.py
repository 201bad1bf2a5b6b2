"""A discriminator of patches and its hinge losses (Isola et al. 2017, section 3.2.2; Lim & Ye 2017).

Shapes: `batch` pictures, `size` pixels of a side, `row` and `column` of overlapping patches of 46 px.
"""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

KERNEL = 4
SLOPE = 0.2
GROUPS = 8


class PatchDiscriminator(nn.Module):
    """Says of each patch whether it comes from a real picture (high) or from a decoder (low)."""

    def __init__(self, width: int) -> None:
        """Random weights.

        Args:
            width: channels of the first layer, a multiple of 4.
        """
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, width, KERNEL, stride=2, padding=1), nn.LeakyReLU(SLOPE)]
        for channels in (width, 2 * width):
            layers += [
                nn.Conv2d(channels, 2 * channels, KERNEL, stride=2, padding=1, bias=False),
                nn.GroupNorm(GROUPS, 2 * channels),
                nn.LeakyReLU(SLOPE),
            ]
        self.layers = nn.Sequential(*layers, nn.Conv2d(4 * width, 1, KERNEL, padding=1))

    def forward(self, images: Float[Tensor, "batch 3 size size"]) -> Float[Tensor, "batch row column"]:
        """The verdict on each patch."""
        return self.layers(2 * images - 1)[:, 0]


def discriminator_hinge(
    real: Float[Tensor, "batch row column"], made: Float[Tensor, "batch row column"]
) -> Float[Tensor, ""]:
    """What the discriminator minimises: 0 once every real patch is above 1 and every made one below -1."""
    return (F.relu(1 - real).mean() + F.relu(1 + made).mean()) / 2


def generator_hinge(made: Float[Tensor, "batch row column"]) -> Float[Tensor, ""]:
    """What the network minimises: the negative verdict on what it made."""
    return -made.mean()
