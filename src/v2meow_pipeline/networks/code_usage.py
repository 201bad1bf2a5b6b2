"""Usage of a codebook."""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def perplexity(frequencies: Float[Tensor, " code"]) -> Float[Tensor, ""]:
    """Perplexity of a distribution of codes: the exponential of its entropy, from 1 to the number of codes.

    Args:
        frequencies: fraction of each code, with sum 1.

    Returns:
        The perplexity, in the precision of `frequencies`.
    """
    return torch.special.entr(frequencies).sum().exp()


def code_perplexity(codes: Int[Tensor, "*shape"], size: int = 0) -> Float[Tensor, ""]:
    """Perplexity of the codes of a batch, float32.

    Args:
        codes: at least one code.
        size: size of the codebook; codes that do not occur do not change the perplexity.

    Returns:
        The perplexity.
    """
    return perplexity(torch.bincount(codes.flatten(), minlength=size).float() / codes.numel())
