"""Number of votes that a study needs: exact power of the two-sided sign test."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

from v2meow_pipeline.config import Config

ALPHA, POWER = 0.05, 0.8
# Win rates, among votes that are not ties, for which the number of raters is shown.
RATES = (0.55, 0.6, 0.65, 0.7, 0.75, 0.8)
MAX_VOTES = 20_000


class PowerAssumptions(Config):
    """Assumptions of the calculation.

    Attributes:
        ties: expected share of neutral answers, which the sign test leaves out.
        correlation: intra-class correlation of the votes of one rater on two systems. Votes of one rater count for
            less than as many votes of different raters: by the design effect 1 + (m - 1) * correlation, with m votes
            per rater (Kish 1965).
    """

    ties: float = 0.2
    correlation: float = 0.05


class PowerRow(NamedTuple):
    """Requirements for one win rate.

    Attributes:
        rate: true win rate among votes that are not ties.
        votes: votes on two systems, ties included; None if more than `MAX_VOTES`.
        raters: raters; None if `votes` is.
    """

    rate: float
    votes: int | None
    raters: int | None


def sign_test_power(n: int, rate: float, alpha: float = ALPHA) -> float:
    """Power of the exact two-sided sign test.

    Args:
        n: number of votes that are not ties.
        rate: true win rate, 0 to 1.
        alpha: significance level.

    Returns:
        Probability that the test rejects a win rate of one half.
    """
    return float(_powers(np.array([n]), rate, alpha)[0])


def decisive_votes_needed(rate: float, power: float = POWER, alpha: float = ALPHA) -> int | None:
    """Number of votes that are not ties from which on the power is reached.

    The power of an exact test falls at some steps of n; the result is the smallest n from which on it does not fall
    below the target again, within twice the number of the normal approximation.

    Args:
        rate: true win rate, 0 to 1, not one half.
        power: target.
        alpha: significance level.

    Returns:
        Number of votes; None if more than `MAX_VOTES`.
    """
    from scipy.stats import norm

    z = norm.ppf(1 - alpha / 2) / 2 + norm.ppf(power) * math.sqrt(rate * (1 - rate))
    limit = 2 * math.ceil((z / (rate - 0.5)) ** 2) + 20
    if limit > MAX_VOTES:
        return None
    return int(np.flatnonzero(_powers(np.arange(limit), rate, alpha) < power).max()) + 1


def power_table(votes_per_rater: float, assumptions: PowerAssumptions) -> list[PowerRow]:
    """Votes and raters needed for a power of 80 % at a level of 5 %, by win rate.

    Args:
        votes_per_rater: number of votes of one rater on the same two systems.
        assumptions: expected ties and correlation.

    Returns:
        One row for each of `RATES`.
    """
    effect = 1 + max(0.0, votes_per_rater - 1) * assumptions.correlation
    rows = []
    for rate in RATES:
        decisive = decisive_votes_needed(rate)
        votes = None if decisive is None else math.ceil(decisive / (1 - assumptions.ties) * effect)
        raters = None if votes is None else math.ceil(votes / votes_per_rater)
        rows.append(PowerRow(rate, votes, raters))
    return rows


def detectable_rate(raters: int, votes_per_rater: float, assumptions: PowerAssumptions) -> float | None:
    """Smallest win rate above one half that a number of raters detects with a power of 80 %, in steps of 0.5 %.

    Args:
        raters: number of raters.
        votes_per_rater: number of votes of one rater on the same two systems.
        assumptions: expected ties and correlation.

    Returns:
        The win rate among votes that are not ties; None if even a rate of 99.5 % is not detected.
    """
    effect = 1 + max(0.0, votes_per_rater - 1) * assumptions.correlation
    n = math.floor(raters * votes_per_rater * (1 - assumptions.ties) / effect)
    rates = np.arange(0.505, 1.0, 0.005)
    return next((round(float(rate), 3) for rate in rates if sign_test_power(n, float(rate)) >= POWER), None)


def _powers(n: npt.NDArray[np.int_], rate: float, alpha: float) -> npt.NDArray[np.float64]:
    """Power for each number of votes that are not ties."""
    # Largest number of wins of the loser at which the two-sided test rejects; -1 if it never does.
    critical = binom.ppf(alpha / 2, n, 0.5)
    critical -= binom.cdf(critical, n, 0.5) > alpha / 2
    return np.asarray(binom.cdf(critical, n, rate) + binom.sf(n - critical - 1, n, rate))
