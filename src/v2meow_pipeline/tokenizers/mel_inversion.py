"""Magnitude spectra back from mel bands."""

from jaxtyping import Float
from torch import Tensor

STEPS = 8
TINY = 1e-8


def invert_bands(
    bands: Float[Tensor, "*lead band"], filters: Float[Tensor, "band bin"], steps: int = STEPS
) -> Float[Tensor, "*lead bin"]:
    """Magnitude spectra whose mel bands are the ones given, by multiplicative updates.

    Each step multiplies every bin by the weighted mean of how far its bands fall short (Richardson and Lucy's
    update), so bins stay non-negative and a silent band stays silent.

    Args:
        bands: mean magnitude of each band.
        filters: mel triangles, each with sum 1.
        steps: updates.

    Returns:
        Magnitudes.
    """
    back = filters / filters.sum(dim=0).clamp(min=TINY)
    spectra = (bands @ back).clamp(min=TINY)
    for _ in range(steps):
        spectra = spectra * ((bands / (spectra @ filters.T).clamp(min=TINY)) @ back)
    return spectra
