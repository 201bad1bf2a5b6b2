"""Run-length encoding of semantic tokens.

AudioLM removes consecutive repeats before its language model; MusicLM and this project keep them, because a token's
position in the sequence is its time. Runs are used only for statistics (repeats, n-grams).
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int


class Runs(NamedTuple):
    """Runs of equal tokens.

    Attributes:
        tokens: token of each run; neighbours differ.
        lengths: length of each run in frames, at least one.
    """

    tokens: Int[np.ndarray, " run"]
    lengths: Int[np.ndarray, " run"]


def collapse(tokens: Int[np.ndarray, " t"]) -> Runs:
    """Run-length encodes tokens.

    Args:
        tokens: one token per frame.

    Returns:
        Token and length of each run; `expand` is the inverse.
    """
    starts = np.flatnonzero(np.diff(tokens, prepend=tokens[:1] - 1)) if len(tokens) else np.zeros(0, np.int64)
    return Runs(tokens[starts], np.diff(starts, append=len(tokens)))


def expand(runs: Runs) -> Int[np.ndarray, " t"]:
    """Expands runs to one token per frame; the inverse of `collapse`."""
    return np.repeat(runs.tokens, runs.lengths)
