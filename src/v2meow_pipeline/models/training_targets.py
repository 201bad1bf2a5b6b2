"""What a stage is shown and what it must say in training: the past, or what a mask leaves.

In a causal order, each step is shown the tokens of the step before it and predicts its own. In the masked order
(SoundStorm, Borsos et al. 2023; MAGNeT, Ziv et al. 2024), levels below one level are shown, those above it hidden, and
of the level itself a random share is hidden and to be predicted.

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
    """`shown` to the decoder, `targets` to predict (-1 where nothing is), of these `levels`."""

    shown: Int[Tensor, "batch level step"]
    targets: Int[Tensor, "batch level t"]
    levels: slice


def training_examples(
    tokens: Int[Tensor, "batch level t"], order: TokenOrder, special: int, masked: bool, training: bool
) -> Iterator[TrainingExample]:
    """The training_examples on some tokens.

    Args:
        tokens: the truth; -1 where there is none.
        order: of the tokens.
        special: stands for what is hidden, absent or not yet there.
        masked: whether tokens are refined rather than predicted one after the other.
        training: of a masked order: one exercise, each clip at a random level; otherwise one exercise a level, always
            with the same masks, so that losses can be compared.

    Yields:
        One exercise, or one a level.
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
        exercise = _hide(tokens, known, special, torch.full((batch,), each, device=tokens.device), places)
        yield exercise._replace(levels=slice(each, each + 1))


def hidden_places(uniform: Tensor) -> Bool[Tensor, "batch t"]:
    """Which frames of a level are hidden: a share that follows a quarter cosine, at least one.

    Args:
        uniform: [batch, t + 1] numbers in [0, 1): the first decides the share, the others the order of the frames.

    Returns:
        True where hidden.
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
