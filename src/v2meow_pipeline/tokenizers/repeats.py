"""Semantic tokens without their repeats, and back.

AudioLM removes consecutive repeats before its language model, MusicLM and this project keep them: the stages here know
when a token sounds by its place in the sequence, so only sequences that are looked at (shares of repeats, n-grams), or
that are given to a model that predicts lengths too, are collapsed.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int


class Runs(NamedTuple):
    """`tokens` of which no two neighbours are equal, and how many frames each lasts, at least one."""

    tokens: Int[np.ndarray, " run"]
    lengths: Int[np.ndarray, " run"]


def collapse(tokens: Int[np.ndarray, " t"]) -> Runs:
    """The runs of equal tokens.

    Args:
        tokens: one a frame.

    Returns:
        A token and a length for each run; `expand` gives the frames back.
    """
    starts = np.flatnonzero(np.diff(tokens, prepend=tokens[:1] - 1)) if len(tokens) else np.zeros(0, np.int64)
    return Runs(tokens[starts], np.diff(starts, append=len(tokens)))


def expand(runs: Runs) -> Int[np.ndarray, " t"]:
    """The tokens, one a frame, that `collapse` made runs of."""
    return np.repeat(runs.tokens, runs.lengths)
