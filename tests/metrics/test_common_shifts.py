"""The best shift, against every shift tried one by one."""

import numpy as np
import pytest

from v2meow_pipeline.metrics.common_shifts import best_shifts


def tried(ours: np.ndarray, other: np.ndarray) -> tuple[int, float]:
    """Shift and share, by comparing the overlap at each shift."""
    n, m = len(ours), len(other)
    least = (min(n, m) + 1) // 2
    best = (0, -1.0)
    for shift in range(-n, m + 1):
        pairs = [(ours[i], other[i + shift]) for i in range(n) if 0 <= i + shift < m]
        share = float(np.mean([a == b for a, b in pairs])) if len(pairs) >= least else -1.0
        if share > best[1]:
            best = (shift, share)
    return best


@pytest.mark.parametrize("kinds", [2, 30])
@pytest.mark.parametrize("lengths", [(20, 20), (7, 31), (31, 7), (1, 5), (5, 1)])
def test_equal_to_trying_every_shift(kinds: int, lengths: tuple[int, int]) -> None:
    """Catches votes for shifts that overlap too little, and bounds off by one for either that is longer."""
    rng = np.random.default_rng(kinds)
    ours, *others = (rng.integers(kinds, size=n) for n in (lengths[0], *[lengths[1]] * 4))
    (found,) = best_shifts([ours], others)
    expected = [tried(ours, other) for other in others]
    assert found.share == pytest.approx(max(share for _, share in expected))
    assert expected[found.other] == (found.shift, pytest.approx(found.share))


def test_others_of_several_lengths_and_tokens_that_none_has() -> None:
    """Catches a table of shifts that takes all others for as long as the first."""
    others = [np.arange(3), np.arange(10, 40), np.arange(100, 105)]
    found = best_shifts([np.arange(15, 25), np.arange(500, 510)], others)
    assert found[0] == (1, 5, 1.0) and found[1].share == 0.0
