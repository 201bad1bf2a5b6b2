"""Tokens from logits: temperature, top-k, top-p, and one uniform number a token.

Shapes: `...` any batch axes, `vocab` values of a token.
"""

import torch
from jaxtyping import Float, Int
from pydantic import Field
from torch import Tensor

from v2meow_pipeline.config import Config


class SamplingConfig(Config):
    """How tokens are drawn.

    Attributes:
        temperature: divides the logits; 0 takes the likeliest token.
        top_k: draws from the k likeliest only; None from all.
        top_p: draws from the likeliest that together reach this probability; 1 from all.
        guidance: classifier-free guidance: how far logits go from those without video and prompt towards and beyond
            those with them; 1 is off (the paper has none), and anything else doubles the work.
        refinements: rounds a level in which a stage of masked order settles its tokens.
    """

    temperature: float = Field(default=1.0, ge=0)
    top_k: int | None = Field(default=None, gt=0)
    top_p: float = Field(default=1.0, gt=0, le=1)
    guidance: float = Field(default=1.0, ge=0)
    refinements: int = Field(default=8, gt=0)


def sample(
    logits: Float[Tensor, "*batch vocab"], uniform: Float[Tensor, "*batch"], config: SamplingConfig
) -> Int[Tensor, "*batch"]:
    """Draws a token from each distribution through its inverse cumulative distribution.

    A token so depends on its logits and its one uniform number only, not on how many others are drawn beside it.

    Args:
        logits: unnormalised log probabilities.
        uniform: numbers in [0, 1).
        config: temperature and truncation.

    Returns:
        Indices in [0, vocab).
    """
    if config.temperature == 0:
        return logits.argmax(dim=-1)
    probabilities = truncate(torch.softmax(logits.double() / config.temperature, dim=-1), config)
    cumulative = probabilities.cumsum(dim=-1)
    target = uniform.double() * cumulative[..., -1]
    index = torch.searchsorted(cumulative, target[..., None].contiguous(), right=True)[..., 0]
    last = (probabilities > 0).int().cumsum(dim=-1).argmax(dim=-1)
    return torch.minimum(index, last)


def truncate(probabilities: Float[Tensor, "*batch vocab"], config: SamplingConfig) -> Float[Tensor, "*batch vocab"]:
    """The probabilities with all but the `top_k` likeliest, then all beyond `top_p`, set to zero.

    Args:
        probabilities: distributions.
        config: `top_k` and `top_p`; the likeliest token always stays.

    Returns:
        Weights that need not add up to one.
    """
    if config.top_k is not None and config.top_k < probabilities.shape[-1]:
        least = probabilities.topk(config.top_k, dim=-1).values[..., -1:]
        probabilities = torch.where(probabilities < least, 0.0, probabilities)
    if config.top_p < 1:
        ordered, index = probabilities.sort(dim=-1, descending=True, stable=True)
        before = (ordered.cumsum(dim=-1) - ordered) / ordered.sum(dim=-1, keepdim=True)
        kept = torch.where(before < config.top_p, ordered, 0.0)
        probabilities = torch.zeros_like(probabilities).scatter(-1, index, kept)
    return probabilities


def uniforms(seed: int, t: int, levels: int) -> Float[Tensor, "level t"]:
    """The random numbers of one clip, a column a frame: a longer clip begins with the numbers of a shorter one.

    Args:
        seed: of the clip and stage (`derive_seed`).
        t: frames.
        levels: tokens of a frame.

    Returns:
        Numbers in [0, 1) in double precision, on the CPU whatever the model runs on.
    """
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(t, levels, generator=generator, dtype=torch.float64).T
