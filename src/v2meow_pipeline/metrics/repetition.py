"""Repetition in token sequences: repeated n-grams and loops, which reveal a degenerate generator.

Conventions: one sequence of tokens `[t]`, such as a clip's semantic tokens or one acoustic level. Compare with the
values of the ground truth, since real music repeats too. Source: repeated n-grams are from neural text degeneration
(Welleck et al. 2020, "seq-rep-n"); loops are our own.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.metrics.validate import Mask

ROUNDS = 3


class Loop(NamedTuple):
    """Periodic segment: `length` tokens from `start`, a `share` of the sequence; length 0 if there is no loop."""

    period: int
    start: int
    length: int
    share: float


def _require_sequence(tokens: npt.ArrayLike) -> npt.NDArray[np.integer]:
    sequence = np.asarray(tokens)
    if sequence.ndim != 1 or not np.issubdtype(sequence.dtype, np.integer):
        raise ValueError(f"expected one sequence of integers [t], got {sequence.dtype} of shape {sequence.shape}")
    return sequence


def repeated_share(tokens: npt.ArrayLike, length: int = 4) -> float:
    """Share of n-grams that occurred earlier in the sequence.

    Args:
        tokens: integer tokens, `[t]`.
        length: number of tokens in an n-gram.

    Returns:
        Share in [0, 1): 0 if all n-grams are distinct.

    Raises:
        ValueError: if the sequence is shorter than one n-gram.
    """
    sequence = _require_sequence(tokens)
    if len(sequence) < length:
        raise ValueError(f"a sequence of {len(sequence)} tokens is shorter than an n-gram of {length}")
    grams = np.lib.stride_tricks.sliding_window_view(sequence, length)
    return 1 - len(np.unique(grams, axis=0)) / len(grams)


def longest_loop(tokens: npt.ArrayLike, longest_period: int | None = None) -> Loop:
    """Longest segment with at least three periods of the same tokens.

    Args:
        tokens: integer tokens, `[t]`.
        longest_period: maximum period in tokens; a third of the sequence by default.

    Returns:
        The loop with its shortest period; length 0 if there is none.
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
    """Start and length of the longest run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    if len(edges) == 0:
        return 0, 0
    starts, lengths = edges[::2], edges[1::2] - edges[::2]
    longest = int(lengths.argmax())
    return int(starts[longest]), int(lengths[longest])
