"""What a generator and its discriminators minimise (SoundStream: Zeghidour et al. 2021, equations 1 to 4).

Each discriminator gives logits over time and the outputs of its inner layers; all losses are means over logits or
values of a layer, then over discriminators and layers.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


class DiscriminatorOutput(NamedTuple):
    """One discriminator's view of a batch: `logits`, first axis the examples, above 0 for real; `features`, the outputs
    of its inner layers, first to last."""

    logits: Float[Tensor, "batch *places"]
    features: list[Tensor]


def discriminator_loss(made: Sequence[DiscriminatorOutput], real: Sequence[DiscriminatorOutput]) -> Float[Tensor, ""]:
    """The hinge loss: 0 when every real logit is at least 1 and every made one at most -1, 2 for logits of 0.

    Args:
        made: verdicts on what the generator made, detached from it.
        real: verdicts on real examples, by the same discriminators.

    Returns:
        The mean over discriminators.
    """
    losses = [F.relu(1 - r.logits).mean() + F.relu(1 + m.logits).mean() for m, r in zip(made, real, strict=True)]
    return torch.stack(losses).mean()


def generator_loss(made: Sequence[DiscriminatorOutput]) -> Float[Tensor, ""]:
    """The generator's side of the hinge loss: 0 when every logit of what it made is at least 1.

    Args:
        made: verdicts on it.

    Returns:
        The mean over discriminators.
    """
    return torch.stack([F.relu(1 - m.logits).mean() for m in made]).mean()


def feature_loss(made: Sequence[DiscriminatorOutput], real: Sequence[DiscriminatorOutput]) -> Float[Tensor, ""]:
    """The mean absolute difference of inner layers, over layers and discriminators; no gradient reaches the real side.

    Args:
        made: verdicts on what the generator made.
        real: verdicts on what it should have made.

    Returns:
        The loss, 0 for equal features.
    """
    losses = [
        F.l1_loss(a, b.detach())
        for m, r in zip(made, real, strict=True)
        for a, b in zip(m.features, r.features, strict=True)
    ]
    return torch.stack(losses).mean()
