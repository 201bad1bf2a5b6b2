"""The losses of w2v-BERT (Chung et al. 2021, section 2.3), which has them from wav2vec 2.0 and BERT.

Shapes: `batch` examples, `t` frames, `n` masked frames of all examples in order, `k` distractors, `width` of a code.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor


class Solved(NamedTuple):
    """The loss of a task in nats, the share of frames that it is right about, and that share for a guess."""

    loss: Float[Tensor, ""]
    accuracy: Float[Tensor, ""]
    chance: Float[Tensor, ""]


def contrastive_task(
    context: Float[Tensor, "batch t width"],
    targets: Float[Tensor, "batch t width"],
    codes: Int[Tensor, "batch t"],
    mask: Bool[Tensor, "batch t"],
    distractors: Int[Tensor, "n k"],
    temperature: float,
) -> Solved:
    """Telling each masked frame's quantized vector from those of other frames, by the cosine with its context.

    Source: wav2vec 2.0, equation 3. Distractors with the frame's own code are not distractors and are left out.

    Args:
        context: outputs of the contrastive module, projected.
        targets: quantized frames.
        codes: their codes.
        mask: which frames were hidden.
        distractors: positions of other masked frames of the same example.
        temperature: what cosines are divided by.

    Returns:
        The loss, how often the true vector is nearest, and how often it would be if the order were drawn by lot: one in
        as many as there are different codes among the frame and its distractors.
    """
    cosines = F.normalize(context, dim=-1) @ F.normalize(targets, dim=-1).transpose(1, 2)
    example, frame = mask.nonzero(as_tuple=True)
    positions = torch.cat([frame[:, None], distractors], dim=1)
    logits = cosines[example[:, None], frame[:, None], positions] / temperature
    of_others = codes[example[:, None], distractors]
    same = of_others == codes[example, frame][:, None]
    false = logits[:, 1:].masked_fill(same, float("-inf"))
    logits = torch.cat([logits[:, :1], false], dim=1).float()
    right = (logits[:, :1] >= false).all(dim=1)
    loss = F.cross_entropy(logits, torch.zeros_like(frame))
    different = of_others.sort(dim=1).values.diff(dim=1).ne(0).sum(dim=1) + 1
    chance = 1 / (different + ~same.any(dim=1))
    return Solved(loss, right.float().mean(), chance.mean())


def masked_task(
    logits: Float[Tensor, "batch t code"], codes: Int[Tensor, "batch t"], mask: Bool[Tensor, "batch t"]
) -> Solved:
    """Predicting the code of each masked frame.

    Args:
        logits: of the codes.
        codes: the true ones.
        mask: which frames were hidden.

    Returns:
        Cross-entropy, how often the likeliest code is the true one, and how often the commonest code of the batch is.
    """
    hidden, truth = logits[mask].float(), codes[mask]
    commonest = torch.bincount(truth).max() / len(truth)
    return Solved(F.cross_entropy(hidden, truth), (hidden.argmax(dim=-1) == truth).float().mean(), commonest)


def code_perplexity(codes: Int[Tensor, "batch t"], size: int) -> Float[Tensor, ""]:
    """How many codes are in use, in effect: the exponential of the entropy of their frequencies."""
    share = torch.bincount(codes.flatten(), minlength=size).float() / max(codes.numel(), 1)
    return torch.exp(-(share * share.clamp(min=1e-9).log()).sum())
