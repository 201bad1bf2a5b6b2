"""Adversarial losses of generator and discriminators (SoundStream: Zeghidour et al. 2021, equations 1 to 4).

Each discriminator returns logits over time and its intermediate features. All losses are means over the logits, or over
the values of a layer, and then over discriminators and layers.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


class DiscriminatorOutput(NamedTuple):
    """Output of one discriminator for a batch.

    Attributes:
        logits: logits with the examples on the first axis; positive means real.
        features: outputs of the intermediate layers, from first to last.
    """

    logits: Float[Tensor, "batch *places"]
    features: list[Tensor]


def discriminator_loss(made: Sequence[DiscriminatorOutput], real: Sequence[DiscriminatorOutput]) -> Float[Tensor, ""]:
    """Hinge loss of the discriminators: 0 if all real logits are >= 1 and all generated ones <= -1; 2 if all are 0.

    Args:
        made: outputs for generated examples, detached from the generator.
        real: outputs of the same discriminators for real examples.

    Returns:
        Mean over discriminators.
    """
    losses = [F.relu(1 - r.logits).mean() + F.relu(1 + m.logits).mean() for m, r in zip(made, real, strict=True)]
    return torch.stack(losses).mean()


def generator_loss(made: Sequence[DiscriminatorOutput]) -> Float[Tensor, ""]:
    """Hinge loss of the generator: 0 if all logits of generated examples are >= 1.

    Args:
        made: outputs for generated examples.

    Returns:
        Mean over discriminators.
    """
    return torch.stack([F.relu(1 - m.logits).mean() for m in made]).mean()


def feature_loss(made: Sequence[DiscriminatorOutput], real: Sequence[DiscriminatorOutput]) -> Float[Tensor, ""]:
    """Feature matching loss: mean absolute difference of intermediate features; real features are detached.

    Args:
        made: outputs for generated examples.
        real: outputs for the corresponding real examples.

    Returns:
        Mean over layers and discriminators; 0 for equal features.
    """
    losses = [
        F.l1_loss(a, b.detach())
        for m, r in zip(made, real, strict=True)
        for a, b in zip(m.features, r.features, strict=True)
    ]
    return torch.stack(losses).mean()
