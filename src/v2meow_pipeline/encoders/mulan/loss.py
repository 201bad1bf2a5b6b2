"""The contrastive loss of pairs, and how well a batch retrieves itself.

Shapes: `n` pairs; `logits[i, j]` is the scaled cosine of sound `i` and text `j`.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

RANKS = (1, 5, 10)


def contrastive_loss(
    logits: Float[Tensor, "n n"], caption: Int[Tensor, "n"], decoupled: bool = False
) -> Float[Tensor, ""]:
    """The mean over both directions of how much less likely each pair is than the best choice, nats.

    InfoNCE (Radford et al. 2021, "Learning transferable visual models from natural language supervision"). Pairs with
    the same caption are never each other's negatives; decoupled, a pair is not in its own denominator either (Yeh et
    al. 2022), and one without negatives does not count.

    Args:
        logits: scaled cosines.
        caption: which caption each pair has.
        decoupled: see above.

    Returns:
        The loss; 0 where no pair has a negative.
    """
    own = torch.eye(len(logits), dtype=torch.bool, device=logits.device)
    excluded = (caption[:, None] == caption) & (True if decoupled else ~own)
    against = logits.masked_fill(excluded, -torch.inf)
    pair = logits.diagonal()
    counted = ~excluded.all(dim=1)
    if not counted.any():
        return 0.0 * pair.sum()
    denominator = (against[counted].logsumexp(dim=1) + against.T[counted].logsumexp(dim=1)) / 2
    return (denominator - pair[counted]).mean()


def batch_retrieval(cosines: Float[Tensor, "n n"], caption: Int[Tensor, "n"]) -> dict[str, Float[Tensor, ""]]:
    """How well sounds find their own captions among the different captions of a batch.

    Args:
        cosines: of sound `i` and text `j`.
        caption: which caption each pair has.

    Returns:
        `recall_at_1`, `recall_at_5`, `recall_at_10` (shares in [0, 1]; a tie counts against the own caption),
        `matched_cosine` and `shuffled_cosine`, the mean cosines with the own and with other captions (0 without any).
    """
    same = caption[:, None] == caption
    earlier = same.tril(diagonal=-1).any(dim=1)
    other = ~same & ~earlier
    rank = ((cosines >= cosines.diagonal()[:, None]) & other).sum(dim=1)
    figures = {f"recall_at_{k}": (rank < k).float().mean() for k in RANKS}
    figures["matched_cosine"] = cosines.diagonal().mean()
    figures["shuffled_cosine"] = (cosines * other).sum() / other.sum().clamp(min=1)
    return figures
