"""Agreement of raters: Krippendorff's alpha for ordinal answers."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.study.analysis.votes import Vote, value_for


class Agreement(NamedTuple):
    """Krippendorff's alpha of one question: 1 is agreement, 0 is chance, NaN if it cannot be computed.

    Attributes:
        alpha: the coefficient.
        pairs: number of pairs that at least two raters compared.
        reason: why it is NaN; empty otherwise.
    """

    alpha: float
    pairs: int
    reason: str = ""


def agreement(votes: Sequence[Vote], question: str, systems: Sequence[str]) -> Agreement:
    """Krippendorff's alpha over pairs, for the five points as an ordinal scale.

    Args:
        votes: votes.
        question: "relevance" or "preference".
        systems: names of the systems; answers are turned to the point of view of the earlier one.

    Returns:
        The agreement.
    """
    import krippendorff

    rank = {name: position for position, name in enumerate(systems)}
    raters = sorted({vote.rater for vote in votes})
    units: dict[tuple[str, str, str], dict[int, int]] = {}
    for vote in votes:
        one, other = sorted((vote.first_system, vote.second_system), key=rank.__getitem__)
        units.setdefault((vote.clip, one, other), {})[vote.rater] = value_for(vote, question, one)
    shared = [answers for answers in units.values() if len(answers) > 1]
    if not shared:
        return Agreement(math.nan, 0, "no pair was compared by two raters")
    if len({value for answers in shared for value in answers.values()}) < 2:
        return Agreement(math.nan, len(shared), "all answers are equal")
    table = np.array([[answers.get(rater, math.nan) for answers in shared] for rater in raters], float)
    return Agreement(float(krippendorff.alpha(reliability_data=table, level_of_measurement="ordinal")), len(shared))
