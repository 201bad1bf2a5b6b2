"""Decoder inputs and targets in training: teacher forcing for causal orders, masking for the masked order.

In a causal order, the input at each step is the tokens of the previous step and the target is its own tokens. In the
masked order (SoundStorm, Borsos et al. 2023; MAGNeT, Ziv et al. 2024), one level is trained at a time: lower levels are
visible, higher levels are masked, and a random fraction of the level itself is masked and predicted.

Shapes: `batch` clips, `level` codebooks, `t` frames, `step` decoder steps.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Int
from torch import Tensor

from v2meow_pipeline.models.patterns import TokenOrder

VALIDATION_SEED = 0


class TrainingExample(NamedTuple):
    """Decoder inputs and targets.

    Attributes:
        shown: input tokens of the decoder at each step.
        targets: tokens to predict; -1 where there is none.
        levels: levels that have targets.
    """

    shown: Int[Tensor, "batch level step"]
    targets: Int[Tensor, "batch level t"]
    levels: slice


def training_examples(
    tokens: Int[Tensor, "batch level t"], order: TokenOrder, special: int, masked: bool, training: bool
) -> Iterator[TrainingExample]:
    """Decoder inputs and targets for a batch of tokens.

    Args:
        tokens: target tokens; -1 where there is none.
        order: token order.
        special: index of the special token, used for masked and absent tokens.
        masked: whether the order is the masked one.
        training: for the masked order: True yields one example with a random level per clip; False yields one example
            per level with fixed masks, so that validation losses are comparable.

    Yields:
        One example; for the masked order in validation, one per level.
    """
    known = torch.where(tokens < 0, special, tokens)
    if not masked:
        shown = F.pad(order.build_pattern_sequence(known, special)[:, :, :-1], (1, 0), value=special)
        yield TrainingExample(shown, tokens, slice(None))
        return
    batch, levels, t = tokens.shape
    if training:
        level = torch.randint(levels, (batch,), device=tokens.device)
        yield _hide(tokens, known, special, level, hidden_places(torch.rand(batch, t + 1)).to(tokens.device))
        return
    generator = torch.Generator().manual_seed(VALIDATION_SEED)
    for each in range(levels):
        places = hidden_places(torch.rand(batch, t + 1, generator=generator)).to(tokens.device)
        example = _hide(tokens, known, special, torch.full((batch,), each, device=tokens.device), places)
        yield example._replace(levels=slice(each, each + 1))


def hidden_places(uniform: Tensor) -> Bool[Tensor, "batch t"]:
    """Random mask over the frames of a level, with a cosine schedule for the masked fraction (at least one frame).

    Args:
        uniform: uniform random numbers in [0, 1), [batch, t + 1]: the first determines the masked fraction, the others
            which frames are masked.

    Returns:
        True where a frame is masked.
    """
    t = uniform.shape[1] - 1
    count = (torch.cos(uniform[:, 0] * math.pi / 2) * t).ceil().clamp(1, t)
    return uniform[:, 1:].argsort(dim=1).argsort(dim=1) < count[:, None]


def _hide(
    tokens: Int[Tensor, "batch level t"],
    known: Int[Tensor, "batch level t"],
    special: int,
    level: Int[Tensor, "batch"],
    places: Bool[Tensor, "batch t"],
) -> TrainingExample:
    index = torch.arange(tokens.shape[1], device=tokens.device)[None, :, None]
    own = (index == level[:, None, None]) & places[:, None]
    hidden = own | (index > level[:, None, None])
    return TrainingExample(known.masked_fill(hidden, special), tokens.masked_fill(~own, -1), slice(None))
