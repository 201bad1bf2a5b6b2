"""Power calculation."""

from functools import cache

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from v2meow_pipeline.study.power import (
    PowerAssumptions,
    decisive_votes_needed,
    detectable_rate,
    power_table,
    sign_test_power,
)


@pytest.mark.parametrize(("n", "rate"), [(5, 0.9), (20, 0.7), (51, 0.6)])
def test_power_is_that_of_the_exact_test(n: int, rate: float) -> None:
    """Catches a power that belongs to another test than the one that the analysis uses."""
    rejected = [wins for wins in range(n + 1) if binomtest(wins, n).pvalue <= 0.05]
    assert sign_test_power(n, rate) == pytest.approx(sum(binom.pmf(wins, n, rate) for wins in rejected))


def test_numbers_of_votes_agree_with_the_literature() -> None:
    """Catches an error of the size of the sample: for 60 %, the normal approximation is 194."""
    needed = decisive_votes_needed(0.6)
    assert needed is not None and 194 <= needed <= 215
    assert sign_test_power(needed, 0.6) >= 0.8 and sign_test_power(needed - 1, 0.6) < 0.8
    assert decisive_votes_needed(0.501) is None


def test_a_simulated_study_reaches_the_power() -> None:
    """Catches a table of raters that are too few."""
    row = next(row for row in power_table(1, PowerAssumptions(ties=0.2, correlation=0)) if row.rate == 0.7)
    assert row.votes is not None and row.raters == row.votes
    random = np.random.default_rng(0)
    decisive = random.binomial(row.votes, 0.8, size=2000)
    wins = random.binomial(decisive, 0.7)
    p_value = cache(lambda won, n: float(binomtest(won, n).pvalue))
    share = np.mean([p_value(int(w), int(n)) <= 0.05 for w, n in zip(wins, decisive, strict=True)])
    assert 0.77 < share < 0.88


def test_correlated_votes_count_for_less() -> None:
    """Catches a rater whose many votes count as if they were of many raters."""
    free = power_table(20, PowerAssumptions(correlation=0.0))
    tied = power_table(20, PowerAssumptions(correlation=0.1))
    assert all(b.votes is None or b.votes > a.votes for a, b in zip(free, tied, strict=True) if a.votes is not None)
    loose, strict = (detectable_rate(20, 10, PowerAssumptions(correlation=c)) for c in (0.0, 0.2))
    assert loose is not None and strict is not None and loose < strict
    assert detectable_rate(1, 1, PowerAssumptions()) is None
