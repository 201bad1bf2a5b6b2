"""Which frames are hidden in training, and what a hidden frame is to be told from.

Shapes: `batch` examples, `t` frames, `n` masked frames of all examples in order, `k` distractors.
"""

import torch
from jaxtyping import Bool, Int
from torch import Tensor


def span_mask(
    batch: int, t: int, share: float, span: int, generator: torch.Generator | None = None
) -> Bool[Tensor, "batch t"]:
    """Masked spans that start anywhere and may overlap; every frame is as likely to be masked as any other.

    A span may start before the first frame, or else the first frames would be seen more often than others.

    Args:
        batch: examples.
        t: frames of each, at least two.
        share: of the frames that are masked, on average; more where examples are so short that some would have none.
        span: frames of a span, at least two.
        generator: of the draws; torch's global one by default.

    Returns:
        Where it is true the frame is hidden; at least two frames of each example.
    """
    start_share = 1 - (1 - share) ** (1 / span)
    starts = torch.rand(batch, t + span - 1, generator=generator) < start_share
    # An example of which hardly anything is hidden gets one span, somewhere within.
    forced = torch.randint(span - 1, max(t, span), (batch,), generator=generator)
    windows = starts.unfold(1, span, 1).any(dim=2)
    poor = windows.sum(dim=1) < 2
    starts[poor, forced[poor]] = True
    return starts.unfold(1, span, 1).any(dim=2)


def draw_distractors(
    mask: Bool[Tensor, "batch t"], k: int, generator: torch.Generator | None = None
) -> Int[Tensor, "n k"]:
    """For each masked frame, other masked frames of the same example (wav2vec 2.0, Baevski et al. 2020, section 3.2).

    Args:
        mask: with at least two masked frames an example.
        k: distractors of each, drawn with replacement.
        generator: of the draws; torch's global one by default.

    Returns:
        Their positions within the example.
    """
    counts = mask.sum(dim=1)
    frames = mask.nonzero()[:, 1]
    first = (counts.cumsum(0) - counts).repeat_interleave(counts)
    others = counts.repeat_interleave(counts) - 1
    own = torch.arange(len(frames)) - first
    drawn = (torch.rand(len(frames), k, generator=generator) * others[:, None]).long()
    drawn = drawn.minimum(others[:, None] - 1)  # rounding up to 1
    return frames[first[:, None] + drawn + (drawn >= own[:, None])]
