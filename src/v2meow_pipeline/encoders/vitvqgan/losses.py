"""How far a reconstruction is from its picture.

Shapes: `batch` pictures, `size` pixels of a side; values in [0, 1].
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from v2meow_pipeline.encoders.vitvqgan.network import MARGIN

SCALES = 3
LEAST_ERROR = 1e-10  # 100 dB


def logit_laplace(
    logits: Float[Tensor, "batch 3 size size"],
    log_scale: Float[Tensor, "3"],
    images: Float[Tensor, "batch 3 size size"],
) -> Float[Tensor, ""]:
    """Negative log-likelihood of pictures under a logit-Laplace distribution (Ramesh et al. 2021, appendix A.3).

    The density of x in (0, 1) is exp(-|logit x - m| / b) / (2 b x (1 - x)); pixels are squeezed into [0.1, 0.9].

    Args:
        logits: m.
        log_scale: ln b of each colour.
        images: in [0, 1].

    Returns:
        Nats a value, mean over all values.
    """
    inside = MARGIN + (1 - 2 * MARGIN) * images
    log_b = log_scale[:, None, None]
    distance = (torch.logit(inside) - logits).abs() * torch.exp(-log_b)
    return (distance + log_b + math.log(2) + torch.log(inside * (1 - inside))).mean()


def gradient_distance(
    pictures: Float[Tensor, "batch 3 size size"], images: Float[Tensor, "batch 3 size size"]
) -> Float[Tensor, ""]:
    """Mean absolute error of the differences between neighbours, at full, half and quarter size, mean over scales."""
    error = pictures - images
    total = error.new_zeros(())
    for scale in range(SCALES):
        if scale:
            error = F.avg_pool2d(error, 2)
        total = total + error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()
    return total / SCALES


def psnr_db(
    pictures: Float[Tensor, "batch 3 size size"], images: Float[Tensor, "batch 3 size size"]
) -> Float[Tensor, "batch"]:
    """Peak signal-to-noise ratio of each picture, decibels: -10 log10 of the mean squared error; 100 at most."""
    error = (pictures - images).square().mean(dim=(1, 2, 3))
    return -10 * torch.log10(error.clamp(min=LEAST_ERROR))
