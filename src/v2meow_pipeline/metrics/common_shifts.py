"""Time shift at which a sequence has the largest share of tokens in common with one of many others, exact.

Method: every pair of equal tokens votes for the shift between its positions. The pairs are found by binary search in
the tokens of the others, sorted by value, so that unequal pairs cost nothing; with a thousand distinct tokens nearly
all pairs are unequal.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.metrics.common_runs import Tokens
from v2meow_pipeline.metrics.validate import Indices


class Shifted(NamedTuple):
    """Best match: index of the `other` sequence, `shift` of the match in it in tokens, `share` of equal tokens."""

    other: int
    shift: int
    share: float


class _Places(NamedTuple):
    """All tokens of the others, sorted by value, with the sequence index and the position of each."""

    tokens: Tokens
    other: Indices
    position: Indices


def best_shifts(sequences: Sequence[Tokens], others: Sequence[Tokens]) -> list[Shifted]:
    """For each sequence, the other sequence with the largest share of equal tokens at any shift.

    Only shifts with an overlap of at least half of the shorter sequence count, since short overlaps match by chance.

    Args:
        sequences: query sequences of integers, `[t]` each, not empty.
        others: sequences of integers to search, `[t]` each, not empty.

    Returns:
        The best match of each query sequence, the first if several are equally good.
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
    # Largest number of tokens by which this sequence may start before the other, and number of shifts for each other.
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
    """For each pair of equal tokens: index of the other sequence, and its position minus the position in `sequence`."""
    first, last = (np.searchsorted(places.tokens, sequence, side) for side in ("left", "right"))
    counts = last - first
    before = np.cumsum(counts) - counts
    pairs = np.repeat(first - before, counts) + np.arange(int(counts.sum()))
    return places.other[pairs], places.position[pairs] - np.repeat(np.arange(len(sequence)), counts)
