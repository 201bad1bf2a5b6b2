"""Inversion of mel bands to magnitude spectra."""

from jaxtyping import Float
from torch import Tensor

STEPS = 8
TINY = 1e-8


def invert_bands(
    bands: Float[Tensor, "*lead band"], filters: Float[Tensor, "band bin"], steps: int = STEPS
) -> Float[Tensor, "*lead bin"]:
    """Estimates magnitude spectra from mel bands with multiplicative (Richardson-Lucy) updates.

    Each update multiplies a bin by the weighted mean of the ratios of target to current bands, so bins stay
    non-negative and silent bands stay silent.

    Args:
        bands: mean magnitude of each band.
        filters: mel filters, each with sum 1.
        steps: number of updates.

    Returns:
        Magnitude spectra.
    """
    back = filters / filters.sum(dim=0).clamp(min=TINY)
    spectra = (bands @ back).clamp(min=TINY)
    for _ in range(steps):
        spectra = spectra * ((bands / (spectra @ filters.T).clamp(min=TINY)) @ back)
    return spectra
