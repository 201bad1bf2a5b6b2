"""Longest common run (substring) of tokens of a sequence with any of many other sequences, exact.

Method: every window of 1, 2, 4, 8... tokens gets an integer name, equal for equal windows (Karp, Miller and Rosenberg
1972). A window of twice the length is named by the pair of names of its halves, and a window of any other length by two
overlapping windows. Equal windows of one length thus have equal integers, which are compared for all sequences at once;
the longest length is found by bisection. There is no hashing, so there are no collisions. 24 sequences against 200 of
500 tokens take about a second.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.metrics.validate import Indices

Tokens = npt.NDArray[np.integer]


class Run(NamedTuple):
    """Longest common run of two sequences.

    Attributes:
        length: number of tokens; 0 without a common run.
        kinds: number of distinct tokens: a long run of one token is silence or a held note, not a melody.
        start: start of the run in the query sequence; None without a common run.
        other: index of the other sequence, the first if there are several; None without a common run.
        other_start: start of the run in the other sequence; None without a common run.
    """

    length: int
    kinds: int
    start: int | None
    other: int | None
    other_start: int | None


NO_RUN = Run(0, 0, None, None, None)


class _Known(NamedTuple):
    """Windows of one length: names of the query windows by position, and sorted names of the others' windows."""

    positions: Indices
    names: Indices
    other_names: Indices
    other_positions: Indices


class _Windows:
    """Names of the windows of all sequences, which are concatenated; no window crosses a boundary."""

    def __init__(self, sequences: Sequence[Tokens], n_looked_up: int) -> None:
        self.tokens = np.concatenate([np.asarray(sequence, dtype=np.int64) for sequence in sequences])
        self.starts = np.cumsum([0, *map(len, sequences)])
        self.n_looked_up = n_looked_up
        self._left = np.repeat(self.starts[1:], np.diff(self.starts)) - np.arange(len(self.tokens))
        self._names = [np.unique(self.tokens, return_inverse=True)[1].astype(np.int64)]
        self._known: dict[int, _Known] = {}

    def of_length(self, length: int) -> _Known:
        """Windows of one length, cached."""
        if length not in self._known:
            positions, names = self._named(length)
            split = int(np.searchsorted(positions, self.starts[self.n_looked_up]))
            other_names, first = np.unique(names[split:], return_index=True)
            self._known[length] = _Known(positions[:split], names[:split], other_names, positions[split:][first])
        return self._known[length]

    def _named(self, length: int) -> tuple[Indices, Indices]:
        level = length.bit_length() - 1
        while len(self._names) <= level:
            # A window of twice the length is named by the pair of names of its halves.
            doubled = np.full(len(self.tokens), -1)
            positions, pairs = self._pairs(len(self._names) - 1, 2 ** len(self._names))
            doubled[positions] = np.unique(pairs, return_inverse=True)[1]
            self._names.append(doubled)
        return self._pairs(level, length)

    def _pairs(self, level: int, length: int) -> tuple[Indices, Indices]:
        """Positions of the windows of `length`, each encoded by the two windows of 2^level tokens that cover it."""
        positions = np.flatnonzero(self._left >= length)
        names = self._names[level]
        return positions, names[positions] * len(self.tokens) + names[positions + length - 2**level]


def longest_common_runs(sequences: Sequence[Tokens], others: Sequence[Tokens]) -> list[Run]:
    """For each sequence, the longest common run with any of the others.

    Args:
        sequences: query sequences of integers, `[t]` each, not empty.
        others: sequences of integers to search, `[t]` each, not empty.

    Returns:
        One run per query sequence.

    Raises:
        ValueError: if there is no query or no other sequence, or one is not a sequence of integers.
    """
    windows = _Windows([*require_tokens(sequences), *require_tokens(others)], len(sequences))
    longest_other = max(map(len, others))
    return [_longest(windows, index, len(sequence), longest_other) for index, sequence in enumerate(sequences)]


def require_tokens(sequences: Sequence[Tokens]) -> Sequence[Tokens]:
    """Validates token sequences.

    Args:
        sequences: token sequences, `[t]` each.

    Returns:
        The sequences.

    Raises:
        ValueError: if there is no sequence, or one is empty, not one-dimensional or not of integers.
    """
    if len(sequences) == 0:
        raise ValueError("no sequence of tokens given: at least one is needed")
    for sequence in map(np.asarray, sequences):
        if sequence.ndim != 1 or len(sequence) == 0 or not np.issubdtype(sequence.dtype, np.integer):
            raise ValueError(f"expected a sequence of integers [t], got {sequence.dtype} of shape {sequence.shape}")
    return sequences


def _longest(windows: _Windows, query: int, length: int, longest_other: int) -> Run:
    """Bisection over the length, valid since every prefix of a common run is a common run."""
    best, low, high = NO_RUN, 0, min(length, longest_other)
    while low < high:
        middle = (low + high + 1) // 2
        found = _shared(windows, query, middle)
        if found is None:
            high = middle - 1
        else:
            best, low = found, middle
    return best


def _shared(windows: _Windows, query: int, length: int) -> Run | None:
    """First common run of exactly this length of sequence `query` with any other sequence."""
    known = windows.of_length(length)
    own = slice(*np.searchsorted(known.positions, windows.starts[query : query + 2]))
    places = np.searchsorted(known.other_names, known.names[own])
    places = np.minimum(places, len(known.other_names) - 1)
    hits = np.flatnonzero(known.other_names[places] == known.names[own])
    if len(hits) == 0:
        return None
    at, elsewhere = int(known.positions[own][hits[0]]), int(known.other_positions[places[hits[0]]])
    sequence = int(np.searchsorted(windows.starts, elsewhere, side="right")) - 1
    kinds = len(np.unique(windows.tokens[at : at + length]))
    return Run(
        length,
        kinds,
        at - int(windows.starts[query]),
        sequence - windows.n_looked_up,
        elsewhere - int(windows.starts[sequence]),
    )
