"""Token sampling with temperature, top-k and top-p, from one uniform random number per token.

Shapes: `batch` any batch axes, `vocab` values of a token.
"""

import torch
from jaxtyping import Float, Int
from pydantic import Field
from torch import Tensor

from v2meow_pipeline.config import Config
from v2meow_pipeline.models.matrix_kernels import FULL, ProductPrecision


class SamplingConfig(Config):
    """Sampling settings.

    Attributes:
        temperature: divisor of the logits; 0 selects the most likely token.
        top_k: samples from the k most likely tokens; None from all.
        top_p: samples from the most likely tokens whose cumulative probability reaches this value; 1 from all.
        guidance: scale of classifier-free guidance: 0 ignores video and prompt, 1 is off (as in the paper); any value
            other than 1 doubles the work.
        refinements: decoding rounds per level of a stage with the masked pattern.
        precision: precision of the decoder's matrix products; "bfloat16" (processors with such instructions, GPUs) and
            "int8" (weights only, CPUs) are faster for models of the paper's size, and change the tokens.
    """

    temperature: float = Field(default=1.0, ge=0)
    top_k: int | None = Field(default=None, gt=0)
    top_p: float = Field(default=1.0, gt=0, le=1)
    guidance: float = Field(default=1.0, ge=0)
    refinements: int = Field(default=8, gt=0)
    precision: ProductPrecision = Field(default=FULL, exclude_if=lambda precision: precision == FULL)


def sample(
    logits: Float[Tensor, "*batch vocab"], uniform: Float[Tensor, "*batch"], config: SamplingConfig
) -> Int[Tensor, "*batch"]:
    """Samples a token from each distribution by inverse transform sampling.

    A token depends only on its logits and its uniform number, not on the other tokens of the batch.

    Args:
        logits: unnormalised log probabilities.
        uniform: uniform random numbers in [0, 1).
        config: temperature and truncation.

    Returns:
        Token indices in [0, vocab).
    """
    if config.temperature == 0:
        return logits.argmax(dim=-1)
    probabilities = truncate(torch.softmax(logits.double() / config.temperature, dim=-1), config)
    cumulative = probabilities.cumsum(dim=-1)
    target = uniform.double() * cumulative[..., -1]
    index = torch.searchsorted(cumulative, target[..., None], right=True)
    # Rounding can make the target equal to the sum: then the last token with a probability is taken.
    last = torch.searchsorted(cumulative, cumulative[..., -1:].contiguous())
    return torch.minimum(index, last)[..., 0]


def truncate(probabilities: Float[Tensor, "*batch vocab"], config: SamplingConfig) -> Float[Tensor, "*batch vocab"]:
    """Sets to zero all probabilities outside the `top_k` most likely tokens, then outside the `top_p` nucleus.

    Args:
        probabilities: probability distributions.
        config: `top_k` and `top_p`; the most likely token is always kept.

    Returns:
        Unnormalised weights.
    """
    if config.top_k is not None and config.top_k < probabilities.shape[-1]:
        least = probabilities.topk(config.top_k, dim=-1, sorted=False).values.amin(dim=-1, keepdim=True)
        probabilities = torch.where(probabilities < least, 0.0, probabilities)
    if config.top_p < 1:
        ordered, index = probabilities.sort(dim=-1, descending=True, stable=True)
        before = (ordered.cumsum(dim=-1) - ordered) / ordered.sum(dim=-1, keepdim=True)
        kept = torch.where(before < config.top_p, ordered, 0.0)
        probabilities = torch.zeros_like(probabilities).scatter(-1, index, kept)
    return probabilities


def uniforms(seed: int, t: int, levels: int) -> Float[Tensor, "level t"]:
    """Uniform random numbers of one clip, one per token; those of a shorter clip are a prefix of a longer one's.

    Args:
        seed: seed of the clip and stage (`derive_seed`).
        t: number of frames.
        levels: tokens per frame.

    Returns:
        Numbers in [0, 1) in double precision, always on the CPU.
    """
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(t, levels, generator=generator, dtype=torch.float64).T
