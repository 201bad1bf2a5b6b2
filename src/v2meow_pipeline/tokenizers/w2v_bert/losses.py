"""Losses of w2v-BERT (Chung et al. 2021, section 2.3): those of wav2vec 2.0 and BERT.

Shapes: `batch` examples, `t` frames, `n` masked frames of all examples in order, `k` distractors, `width` width of a
code vector.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor


class Solved(NamedTuple):
    """Result of a pretext task.

    Attributes:
        loss: loss in nats.
        accuracy: fraction of frames that are predicted correctly.
        chance: accuracy of a trivial predictor.
    """

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
    """Contrastive loss of wav2vec 2.0 (equation 3): identify each masked frame's quantized vector among distractors.

    Distractors with the same code as the frame are excluded.

    Args:
        context: projected outputs of the contrastive module.
        targets: quantized vectors of the frames.
        codes: codes of the frames.
        mask: True for masked frames.
        distractors: positions of other masked frames of the same example.
        temperature: divisor of the cosine similarities.

    Returns:
        The loss, the fraction of frames whose own vector is the most similar, and the chance level of that fraction:
        the mean of 1 / number of different codes among a frame and its distractors.
    """
    cosines = F.normalize(context, dim=-1) @ F.normalize(targets, dim=-1).transpose(1, 2)
    example, frame = mask.nonzero(as_tuple=True)
    positions = torch.cat([frame[:, None], distractors], dim=1)
    logits = cosines[example[:, None], frame[:, None], positions] / temperature
    distractor_codes = codes[example[:, None], distractors]
    same = distractor_codes == codes[example, frame][:, None]
    negatives = logits[:, 1:].masked_fill(same, float("-inf"))
    logits = torch.cat([logits[:, :1], negatives], dim=1).float()
    correct = (logits[:, :1] >= negatives).all(dim=1)
    loss = F.cross_entropy(logits, torch.zeros_like(frame))
    different = distractor_codes.sort(dim=1).values.diff(dim=1).ne(0).sum(dim=1) + 1
    chance = 1 / (different + ~same.any(dim=1))
    return Solved(loss, correct.float().mean(), chance.mean())


def masked_task(
    logits: Float[Tensor, "batch t code"], codes: Int[Tensor, "batch t"], mask: Bool[Tensor, "batch t"]
) -> Solved:
    """Masked prediction loss: cross-entropy of the code of each masked frame.

    Args:
        logits: logits of the codes.
        codes: target codes.
        mask: True for masked frames.

    Returns:
        Cross-entropy, accuracy, and the accuracy of always predicting the batch's most frequent code.
    """
    predicted, expected = logits[mask].float(), codes[mask]
    most_frequent = torch.bincount(expected).max() / len(expected)
    accuracy = (predicted.argmax(dim=-1) == expected).float().mean()
    return Solved(F.cross_entropy(predicted, expected), accuracy, most_frequent)


def code_perplexity(codes: Int[Tensor, "batch t"], size: int) -> Float[Tensor, ""]:
    """Perplexity of the code distribution: the exponential of its entropy."""
    frequencies = torch.bincount(codes.flatten(), minlength=size).float() / max(codes.numel(), 1)
    return torch.exp(-(frequencies * frequencies.clamp(min=1e-9).log()).sum())
