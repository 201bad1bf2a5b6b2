"""The shift in time at which a sequence has the most tokens in common with one of many others, exactly.

Method: every pair of equal tokens votes for the shift between its places. Such pairs are found through the places of
the others, sorted by token, so that what is unequal costs nothing: with a thousand kinds of tokens that is nearly all.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.metrics.common_runs import Tokens
from v2meow_pipeline.metrics.validate import Indices


class Shifted(NamedTuple):
    """The nearest of the others, by how many tokens it lies later, and the `share` of equal tokens where both are."""

    other: int
    shift: int
    share: float


class _Places(NamedTuple):
    """All tokens of the others, sorted: `tokens`, and of each the sequence it is of and where in it."""

    tokens: Tokens
    other: Indices
    position: Indices


def best_shifts(sequences: Sequence[Tokens], others: Sequence[Tokens]) -> list[Shifted]:
    """For each sequence, the other with the largest share of equal tokens at some shift.

    Shifts count at which at least half of the shorter one overlaps: the first and last token of any two may be equal.

    Args:
        sequences: integers, `[t]` each, not empty.
        others: likewise.

    Returns:
        The best, the first if several are.
    """
    lengths = np.array([len(other) for other in others])
    places = _places(others, lengths)
    return [_best(sequence, places, lengths) for sequence in sequences]


def _places(others: Sequence[Tokens], lengths: Indices) -> _Places:
    tokens = np.concatenate(others)
    order = np.argsort(tokens, kind="stable")
    position = np.concatenate([np.arange(length) for length in lengths])
    return _Places(tokens[order], np.repeat(np.arange(len(others)), lengths)[order], position[order])


def _best(sequence: Tokens, places: _Places, lengths: Indices) -> Shifted:
    n = len(sequence)
    # How far before the other's start this sequence may start, and how many shifts of each other there are.
    reach = n - (np.minimum(n, lengths) + 1) // 2
    widths = lengths + 2 * reach - n + 1
    bases = np.concatenate([[0], np.cumsum(widths)])
    other, shift = _votes(sequence, places)
    column = shift + reach[other]
    within = (column >= 0) & (column < widths[other])
    equal = np.bincount((bases[other] + column)[within], minlength=bases[-1])
    owner = np.repeat(np.arange(len(lengths)), widths)
    shifts = np.arange(bases[-1]) - bases[owner] - reach[owner]
    overlaps = np.minimum(n, lengths[owner] - shifts) - np.maximum(0, -shifts)
    shares = equal / overlaps
    best = int(shares.argmax())
    return Shifted(int(owner[best]), int(shifts[best]), float(shares[best]))


def _votes(sequence: Tokens, places: _Places) -> tuple[Indices, Indices]:
    """Of each pair of equal tokens, the other that it is in, and by how many tokens that one's lies later."""
    first, last = (np.searchsorted(places.tokens, sequence, side) for side in ("left", "right"))
    counts = last - first
    before = np.cumsum(counts) - counts
    pairs = np.repeat(first - before, counts) + np.arange(int(counts.sum()))
    return places.other[pairs], places.position[pairs] - np.repeat(np.arange(len(sequence)), counts)
