"""Span masking and sampling of distractors.

Shapes: `batch` examples, `t` frames, `n` masked frames of all examples in order, `k` distractors.
"""

import torch
from jaxtyping import Bool, Int
from torch import Tensor


def span_mask(
    batch: int, t: int, share: float, span: int, generator: torch.Generator | None = None
) -> Bool[Tensor, "batch t"]:
    """Samples masks of possibly overlapping spans; all frames have the same probability of being masked.

    Spans may start before the first frame, since otherwise the first frames would be masked less often.

    Args:
        batch: number of examples.
        t: frames per example, at least two.
        share: mean fraction of masked frames; higher for examples so short that some would have no mask.
        span: frames per span, at least two.
        generator: random generator; None for torch's global one.

    Returns:
        True for masked frames; at least two per example.
    """
    start_share = 1 - (1 - share) ** (1 / span)
    starts = torch.rand(batch, t + span - 1, generator=generator) < start_share
    # An example with fewer than two masked frames gets one span at a random position.
    forced = torch.randint(span - 1, max(t, span), (batch,), generator=generator)
    windows = starts.unfold(1, span, 1).any(dim=2)
    poor = windows.sum(dim=1) < 2
    starts[poor, forced[poor]] = True
    return starts.unfold(1, span, 1).any(dim=2)


def draw_distractors(
    mask: Bool[Tensor, "batch t"], k: int, generator: torch.Generator | None = None
) -> Int[Tensor, "n k"]:
    """Samples distractors: other masked frames of the same example (wav2vec 2.0, Baevski et al. 2020, section 3.2).

    Args:
        mask: True for masked frames; at least two per example.
        k: distractors per masked frame, sampled with replacement.
        generator: random generator; None for torch's global one.

    Returns:
        Positions of the distractors within their example.
    """
    counts = mask.sum(dim=1)
    frames = mask.nonzero()[:, 1]
    first = (counts.cumsum(0) - counts).repeat_interleave(counts)
    others = counts.repeat_interleave(counts) - 1
    own = torch.arange(len(frames)) - first
    drawn = (torch.rand(len(frames), k, generator=generator) * others[:, None]).long()
    drawn = drawn.minimum(others[:, None] - 1)  # in case the product was rounded up
    return frames[first[:, None] + drawn + (drawn >= own[:, None])]
