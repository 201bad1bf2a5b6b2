"""Loops and repeats in token sequences: a generator that is stuck, as against music that repeats.

Conventions: one sequence of tokens `[t]`, such as a clip's semantic tokens or one acoustic level. Compare with the same
figures of ground truth: music repeats too. Source: the n-gram repeats are those of neural text degeneration (Welleck et
al. 2020, "seq-rep-n"); loops are our own.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.metrics.validate import Mask

ROUNDS = 3


class Loop(NamedTuple):
    """A stretch that repeats with a period: `length` tokens from `start`, `share` of the sequence. Length 0 is none."""

    period: int
    start: int
    length: int
    share: float


def _require_sequence(tokens: npt.ArrayLike) -> npt.NDArray[np.integer]:
    sequence = np.asarray(tokens)
    if sequence.ndim != 1 or not np.issubdtype(sequence.dtype, np.integer):
        raise ValueError(f"one sequence of integers [t] is needed, not {sequence.dtype} of shape {sequence.shape}")
    return sequence


def repeated_share(tokens: npt.ArrayLike, length: int = 4) -> float:
    """Share of n-grams that occurred before in the sequence.

    Args:
        tokens: `[t]`.
        length: tokens an n-gram.

    Returns:
        0 where all differ, towards 1 where one is repeated.

    Raises:
        ValueError: if the sequence is shorter than one n-gram.
    """
    sequence = _require_sequence(tokens)
    if len(sequence) < length:
        raise ValueError(f"{len(sequence)} tokens are shorter than an n-gram of {length}")
    grams = np.lib.stride_tricks.sliding_window_view(sequence, length)
    return 1 - len(np.unique(grams, axis=0)) / len(grams)


def longest_loop(tokens: npt.ArrayLike, longest_period: int | None = None) -> Loop:
    """The longest stretch that goes through at least three rounds of the same tokens.

    Args:
        tokens: `[t]`.
        longest_period: tokens a round at most; a third of the sequence if not given.

    Returns:
        The loop with its shortest period; of length 0 where there is none.
    """
    sequence = _require_sequence(tokens)
    best = Loop(0, 0, 0, 0.0)
    limit = len(sequence) // ROUNDS
    for period in range(1, min(limit, longest_period or limit) + 1):
        start, run = _longest_run(sequence[period:] == sequence[:-period])
        length = run + period
        if length >= ROUNDS * period and length > best.length:
            best = Loop(period, start, length, length / len(sequence))
    return best


def _longest_run(mask: Mask) -> tuple[int, int]:
    """Start and length of the longest stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    if len(edges) == 0:
        return 0, 0
    starts, lengths = edges[::2], edges[1::2] - edges[::2]
    longest = int(lengths.argmax())
    return int(starts[longest]), int(lengths[longest])
