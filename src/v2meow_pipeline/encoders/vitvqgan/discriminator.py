"""Patch discriminator and hinge losses (Isola et al. 2017, section 3.2.2; Lim & Ye 2017).

Shapes: `batch` images, `size` pixels per side, `row` and `column` axes of overlapping patches of 46 px.
"""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

KERNEL = 4
SLOPE = 0.2
GROUPS = 8


class PatchDiscriminator(nn.Module):
    """PatchGAN discriminator: one logit per patch, high for real images."""

    def __init__(self, width: int) -> None:
        """Builds the discriminator with random weights.

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
        """Logit of each patch."""
        return self.layers(2 * images - 1)[:, 0]


def discriminator_hinge(
    real: Float[Tensor, "batch row column"], made: Float[Tensor, "batch row column"]
) -> Float[Tensor, ""]:
    """Hinge loss of the discriminator: 0 if all real logits are >= 1 and all generated ones <= -1."""
    return (F.relu(1 - real).mean() + F.relu(1 + made).mean()) / 2


def generator_hinge(made: Float[Tensor, "batch row column"]) -> Float[Tensor, ""]:
    """Hinge loss of the generator: negative mean logit of generated images."""
    return -made.mean()
