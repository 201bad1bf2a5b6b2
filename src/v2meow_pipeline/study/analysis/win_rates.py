"""Win rates of systems, with Wilson intervals, sign tests, and intervals from resampled raters and clips.

Conventions: a win is a clear or slight preference, as in the paper. Ties, which are neutral answers, are excluded in
`rate`, and count one half for each side in `rate_split`; both are zero-sum.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest, norm

from v2meow_pipeline.metrics.bootstrap import CONFIDENCE
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.study.analysis.votes import Vote, value_for

REPLICATES = 1000
Floats = npt.NDArray[np.float64]


class Range(NamedTuple):
    """Lower and upper end of an interval; NaN if it cannot be computed."""

    low: float
    high: float


UNKNOWN = Range(math.nan, math.nan)


class WinRate(NamedTuple):
    """Comparison of a system with one or all other systems in one question.

    Attributes:
        system: the system.
        opponent: the other system; "all" for all others.
        votes: number of votes.
        wins: number of wins of `system`.
        losses: number of wins of the opponent.
        ties: number of neutral answers.
        rate: share of wins without ties; NaN if there are only ties.
        wilson: 95 % Wilson interval of `rate`, which takes votes as independent.
        resampled: 95 % interval of `rate` from resampled raters and clips.
        rate_split: share of wins, a tie being half a win.
        wilson_split: 95 % Wilson interval of `rate_split`.
        p_value: exact two-sided sign test over votes without ties, which takes votes as independent.
        both_bad: share of votes that find both bad.
    """

    system: str
    opponent: str
    votes: int
    wins: int
    losses: int
    ties: int
    rate: float
    wilson: Range
    resampled: Range
    rate_split: float
    wilson_split: Range
    p_value: float
    both_bad: float


def wilson_interval(wins: float, n: float, confidence: float = CONFIDENCE) -> Range:
    """Score interval of a proportion (Wilson 1927).

    Args:
        wins: number of wins; may have halves.
        n: number of trials.
        confidence: confidence level.

    Returns:
        (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n); NaN for n = 0.
    """
    if n == 0:
        return UNKNOWN
    z, p = float(norm.ppf(0.5 + confidence / 2)), wins / n
    centre = p + z**2 / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return Range(max(0.0, (centre - half) / (1 + z**2 / n)), min(1.0, (centre + half) / (1 + z**2 / n)))


def sign_test(wins: int, losses: int) -> float:
    """Exact two-sided p-value of equal chances; NaN without wins and losses."""
    return float(binomtest(wins, wins + losses).pvalue) if wins + losses else math.nan


def resampled_weights(votes: Sequence[Vote], seed: int, replicates: int = REPLICATES) -> Floats:
    """Weights of votes in bootstrap samples of raters and of clips (the pigeonhole bootstrap, Owen 2007).

    Raters and clips are drawn with replacement, independently; the weight of a vote is the number of times that its
    rater was drawn, times that of its clip. So votes of one rater, and votes on one clip, are not taken as independent.

    Args:
        votes: votes.
        seed: seed of the resampling.
        replicates: number of samples.

    Returns:
        Weights, [replicates, vote].
    """
    random = np.random.default_rng(derive_seed(seed, "votes"))
    weights = np.ones((replicates, len(votes)))
    for name in ("rater", "clip"):
        groups, index = np.unique([getattr(vote, name) for vote in votes], return_inverse=True)
        drawn = random.multinomial(len(groups), np.full(len(groups), 1 / len(groups)), size=replicates)
        weights *= drawn[:, index]
    return weights


def win_rate(
    votes: Sequence[Vote], question: str, system: str, opponent: str | None, seed: int, replicates: int = REPLICATES
) -> WinRate:
    """Win rate of a system against another, or against all others.

    Args:
        votes: votes; those without both systems are left out.
        question: "relevance" or "preference".
        system: the system.
        opponent: the other system; None for all others.
        seed: seed of the resampling.
        replicates: number of resamples.

    Returns:
        The win rate.
    """
    chosen = [vote for vote in votes if _compares(vote, system, opponent)]
    values = np.sign([value_for(vote, question, system) for vote in chosen]).astype(int)
    wins, losses, ties = (int(np.sum(values == sign)) for sign in (1, -1, 0))
    n, decisive, split = len(chosen), wins + losses, wins + ties / 2
    flag = "neither_fits" if question == "relevance" else "both_sound_bad"
    return WinRate(
        system=system,
        opponent=opponent or "all",
        votes=n,
        wins=wins,
        losses=losses,
        ties=ties,
        rate=wins / decisive if decisive else math.nan,
        wilson=wilson_interval(wins, decisive),
        resampled=_resampled(chosen, values, seed, replicates),
        rate_split=split / n if n else math.nan,
        wilson_split=wilson_interval(split, n),
        p_value=sign_test(wins, losses),
        both_bad=sum(getattr(vote, flag) for vote in chosen) / n if n else math.nan,
    )


def percentile_range(samples: Floats, confidence: float = CONFIDENCE) -> Range:
    """Percentile interval of bootstrap samples; those that are NaN are left out."""
    finite = samples[np.isfinite(samples)]
    if not len(finite):
        return UNKNOWN
    low, high = np.quantile(finite, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Range(float(low), float(high))


def _compares(vote: Vote, system: str, opponent: str | None) -> bool:
    both = {vote.first_system, vote.second_system}
    return system in both and (opponent is None or opponent in both)


def _resampled(votes: Sequence[Vote], values: npt.NDArray[np.int_], seed: int, replicates: int) -> Range:
    """Interval of the rate; NaN with a single rater or clip."""
    if min(len({vote.rater for vote in votes}), len({vote.clip for vote in votes})) < 2:
        return UNKNOWN
    weights = resampled_weights(votes, seed, replicates)
    wins, decisive = weights @ (values == 1), weights @ (values != 0)
    with np.errstate(invalid="ignore"):
        return percentile_range(wins / decisive)
