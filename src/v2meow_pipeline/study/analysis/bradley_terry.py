"""Strengths of systems in the Bradley-Terry model: P(i beats j) = 1 / (1 + exp(s_j - s_i))."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.study.analysis.votes import Vote, value_for
from v2meow_pipeline.study.analysis.win_rates import Range, percentile_range, resampled_weights

REPLICATES = 500
# Pseudo-counts of choix, which keep strengths finite when a system wins or loses every vote.
REGULARISATION = 0.01
MAX_ITERATIONS = 2000
Floats = npt.NDArray[np.float64]


class Strength(NamedTuple):
    """Strength of a system in one question, relative to the mean of all: log odds, with a 95 % interval."""

    system: str
    strength: float
    interval: Range


def strengths(
    votes: Sequence[Vote], question: str, systems: Sequence[str], seed: int, replicates: int = REPLICATES
) -> list[Strength]:
    """Maximum-likelihood strengths; ties count half a win for each side.

    Args:
        votes: votes.
        question: "relevance" or "preference".
        systems: names of the systems.
        seed: seed of the resampling of raters and clips.
        replicates: number of resamples.

    Returns:
        One strength per system, in the order of `systems`.
    """
    values = _fit(_wins(votes, question, systems, np.ones(len(votes))))
    weights = resampled_weights(votes, seed, replicates)
    samples = np.array([_fit(_wins(votes, question, systems, row)) for row in weights if row.any()])
    return [
        Strength(name, float(values[index]), percentile_range(samples[:, index])) for index, name in enumerate(systems)
    ]


def _wins(votes: Sequence[Vote], question: str, systems: Sequence[str], weights: Floats) -> Floats:
    """Weighted number of wins of system i over system j, [i, j]."""
    index = {name: position for position, name in enumerate(systems)}
    wins = np.zeros((len(systems), len(systems)))
    for vote, weight in zip(votes, weights, strict=True):
        first, second = index[vote.first_system], index[vote.second_system]
        share = (np.sign(value_for(vote, question, vote.second_system)) + 1) / 2
        wins[second, first] += weight * share
        wins[first, second] += weight * (1 - share)
    return wins


def _fit(wins: Floats) -> Floats:
    """Strengths with mean zero."""
    import choix

    values = choix.ilsr_pairwise_dense(wins, alpha=REGULARISATION, max_iter=MAX_ITERATIONS)
    return np.asarray(values - values.mean())
