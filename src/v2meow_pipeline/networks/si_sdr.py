"""Scale-invariant signal-to-distortion ratio (Le Roux et al. 2019, "SDR: half-baked or well done?", equation 5)."""

import torch
from jaxtyping import Float
from torch import Tensor


def si_sdr(made: Float[Tensor, "batch samples"], wanted: Float[Tensor, "batch samples"]) -> Float[Tensor, " batch"]:
    """SI-SDR of each waveform in dB: 10 log10(|a s|^2 / |a s - m|^2), with a = <m, s> / |s|^2.

    Here m is the estimate and s the reference; means are not removed. Unlike a spectral distance it depends on phase:
    a waveform with the right spectrum and other phases is far below 0 dB.

    Args:
        made: estimated waveforms.
        wanted: reference waveforms.

    Returns:
        SI-SDR in dB: inf for a multiple of the reference, -inf for an orthogonal estimate or silence, and NaN if the
        reference is silent.
    """
    made, wanted = made.double(), wanted.double()
    energy = wanted.square().sum(dim=-1)
    scale = (made * wanted).sum(dim=-1) / energy
    target = scale[:, None] * wanted
    ratio = target.square().sum(dim=-1) / (target - made).square().sum(dim=-1)
    silent = made.square().sum(dim=-1) == 0
    decibels = 10 * torch.log10(torch.where(silent, 0.0, ratio))
    return torch.where(energy == 0, torch.nan, decibels).float()
