"""Normalised mutual information and its control."""

import numpy as np
import pytest
from sklearn.metrics import normalized_mutual_info_score

from v2meow_pipeline.metrics.information import (
    clip_information,
    normalised_mutual_information,
    shuffled_information,
)


@pytest.mark.parametrize(("tokens", "labels", "n"), [(5, 3, 200), (1024, 36, 6000), (1, 4, 50), (3, 3, 1)])
def test_it_equals_scikit_learn(tokens: int, labels: int, n: int) -> None:
    """Catches another normaliser, and logarithms of zero."""
    rng = np.random.default_rng(0)
    a = rng.integers(tokens, size=n)
    b = (a + rng.integers(labels, size=n)) % labels
    found = normalised_mutual_information(a, b)
    if np.isnan(found):
        assert len(set(a)) == len(set(b)) == 1
    else:
        assert found == pytest.approx(normalized_mutual_info_score(b, a), abs=1e-9)


def test_bounds() -> None:
    """Catches a score that depends on how labels are numbered."""
    a = np.random.default_rng(0).integers(9, size=500)
    assert normalised_mutual_information(a, 100 - a) == pytest.approx(1)
    assert normalised_mutual_information(a, np.zeros(500, int)) == 0
    assert np.isnan(normalised_mutual_information([0, 0], [5, 5]))


def test_what_makes_no_sense_is_refused() -> None:
    for first, second in (([0, 1], [0]), ([], []), ([0.5, 1.0], [0, 1]), ([-1, 0], [0, 1])):
        with pytest.raises(ValueError, match="labels"):
            normalised_mutual_information(first, second)


def test_the_control_shows_what_many_tokens_seem_to_say_by_chance() -> None:
    """Catches a control of shuffled frames, which is blind to tokens that name the clip."""
    tokens = [np.arange(20) + 20 * clip for clip in range(12)]
    genres = [np.full(20, clip % 3) for clip in range(12)]
    interval, chance = clip_information(tokens, genres, seed=0, replicates=50)
    assert interval.value == pytest.approx(chance, abs=0.02)
    assert interval.value > 0.2


def test_the_interval_holds_the_value_and_real_information_stands_above_chance() -> None:
    """Catches intervals that are shifted by the clips which a resample holds twice."""
    rng = np.random.default_rng(0)
    labels = [rng.integers(4, size=100) for _ in range(20)]
    tokens = [8 * x + rng.integers(8, size=100) for x in labels]
    interval, chance = clip_information(tokens, labels, seed=1, replicates=200)
    assert interval.low <= interval.value <= interval.high
    assert interval.low > chance
    assert clip_information(tokens, labels, 1, 200) == (interval, chance)
    assert np.isnan(shuffled_information(tokens[:1], labels[:1], 0))
