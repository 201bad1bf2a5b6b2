"""The scale-invariant signal-to-distortion ratio (Le Roux et al. 2019, "SDR: half-baked or well done?", equation 5)."""

import torch
from jaxtyping import Float
from torch import Tensor


def si_sdr(made: Float[Tensor, "batch samples"], wanted: Float[Tensor, "batch samples"]) -> Float[Tensor, " batch"]:
    """The ratio in decibels of each wave: 10 log10(|a s|^2 / |a s - m|^2), with a = <m, s> / |s|^2.

    Here m is what was made and s what was wanted; means are not removed. Unlike a spectral distance it asks for the
    right phases: sound without them lies far below 0 dB however good it is.

    Args:
        made: waves.
        wanted: what they should be.

    Returns:
        Decibels: infinite for a multiple of what was wanted, minus infinity for what has nothing of it, such as
        silence; NaN where silence was wanted.
    """
    made, wanted = made.double(), wanted.double()
    energy = wanted.square().sum(dim=-1)
    scale = (made * wanted).sum(dim=-1) / energy
    target = scale[:, None] * wanted
    ratio = target.square().sum(dim=-1) / (target - made).square().sum(dim=-1)
    silent = made.square().sum(dim=-1) == 0
    decibels = 10 * torch.log10(torch.where(silent, 0.0, ratio))
    return torch.where(energy == 0, torch.nan, decibels).float()
