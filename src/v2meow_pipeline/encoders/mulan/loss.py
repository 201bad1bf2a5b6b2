"""Contrastive loss of audio-text pairs, and retrieval metrics within a batch.

Shapes: `n` pairs; `logits[i, j]` is the scaled cosine similarity of audio `i` and text `j`.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

RANKS = (1, 5, 10)


def contrastive_loss(
    logits: Float[Tensor, "n n"], caption: Int[Tensor, "n"], decoupled: bool = False
) -> Float[Tensor, ""]:
    """Symmetric InfoNCE loss, in nats.

    As in Radford et al. 2021 ("Learning transferable visual models from natural language supervision"), but pairs with
    the same caption are not used as negatives. With `decoupled`, a pair is also excluded from its own denominator (Yeh
    et al. 2022), and pairs without negatives are ignored.

    Args:
        logits: scaled cosine similarities.
        caption: index of each pair's caption.
        decoupled: whether to use the decoupled loss.

    Returns:
        The loss; 0 if no pair has a negative.
    """
    own = torch.eye(len(logits), dtype=torch.bool, device=logits.device)
    excluded = (caption[:, None] == caption) & (True if decoupled else ~own)
    included = logits.masked_fill(excluded, -torch.inf)
    pair = logits.diagonal()
    counted = ~excluded.all(dim=1)
    if not counted.any():
        return 0.0 * pair.sum()
    denominator = (included[counted].logsumexp(dim=1) + included.T[counted].logsumexp(dim=1)) / 2
    return (denominator - pair[counted]).mean()


def batch_retrieval(cosines: Float[Tensor, "n n"], caption: Int[Tensor, "n"]) -> dict[str, Float[Tensor, ""]]:
    """Audio-to-text retrieval metrics among the distinct captions of a batch.

    Args:
        cosines: cosine similarities of audio `i` and text `j`.
        caption: index of each pair's caption.

    Returns:
        `recall_at_1`, `recall_at_5`, `recall_at_10` in [0, 1], with ties counted as errors; `matched_cosine` and
        `shuffled_cosine`, the mean similarities with own and with other captions (0 if there are no others).
    """
    same = caption[:, None] == caption
    earlier = same.tril(diagonal=-1).any(dim=1)
    other = ~same & ~earlier
    rank = ((cosines >= cosines.diagonal()[:, None]) & other).sum(dim=1)
    figures = {f"recall_at_{k}": (rank < k).float().mean() for k in RANKS}
    figures["matched_cosine"] = cosines.diagonal().mean()
    figures["shuffled_cosine"] = (cosines * other).sum() / other.sum().clamp(min=1)
    return figures
