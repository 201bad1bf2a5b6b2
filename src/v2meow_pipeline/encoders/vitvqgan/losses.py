"""Reconstruction losses and metrics of ViT-VQGAN.

Shapes: `batch` images, `size` pixels per side; values in [0, 1].
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from v2meow_pipeline.encoders.vitvqgan.network import MARGIN

SCALES = 3
LEAST_ERROR = 1e-10  # corresponds to 100 dB


def logit_laplace(
    logits: Float[Tensor, "batch 3 size size"],
    log_scale: Float[Tensor, "3"],
    images: Float[Tensor, "batch 3 size size"],
) -> Float[Tensor, ""]:
    """Negative log-likelihood of images under a logit-Laplace distribution (Ramesh et al. 2021, appendix A.3).

    The density of x in (0, 1) is exp(-|logit x - m| / b) / (2 b x (1 - x)); pixels are mapped to [0.1, 0.9].

    Args:
        logits: location m.
        log_scale: logarithm of the scale b of each colour.
        images: target images in [0, 1].

    Returns:
        Mean over all values, in nats per value.
    """
    mapped = MARGIN + (1 - 2 * MARGIN) * images
    log_b = log_scale[:, None, None]
    distance = (torch.logit(mapped) - logits).abs() * torch.exp(-log_b)
    return (distance + log_b + math.log(2) + torch.log(mapped * (1 - mapped))).mean()


def gradient_distance(
    pictures: Float[Tensor, "batch 3 size size"], images: Float[Tensor, "batch 3 size size"]
) -> Float[Tensor, ""]:
    """Mean absolute error of differences between neighbouring pixels, averaged over full, half and quarter size."""
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
    """Peak signal-to-noise ratio of each image in dB: -10 log10 of the mean squared error, at most 100."""
    error = (pictures - images).square().mean(dim=(1, 2, 3))
    return -10 * torch.log10(error.clamp(min=LEAST_ERROR))
