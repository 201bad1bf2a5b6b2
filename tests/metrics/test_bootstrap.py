import numpy as np
import pytest

from v2meow_pipeline.metrics import bootstrap


def test_interval_of_a_mean_covers_the_truth_about_19_times_in_20() -> None:
    """An interval of the values rather than of their mean, or one with half the level on each side."""
    rng = np.random.default_rng(0)
    covered = 0
    for seed in range(200):
        interval = bootstrap.mean_interval(rng.normal(3.0, 2.0, size=40), seed=seed, replicates=400)
        covered += interval.low <= 3.0 <= interval.high
    assert 0.88 <= covered / 200 <= 0.99


def test_the_seed_decides_and_nothing_else() -> None:
    values = np.random.default_rng(1).normal(size=30)
    first = bootstrap.mean_interval(values, seed=4)
    np.random.seed(0)  # noqa: NPY002  (the global generator must not matter)
    assert bootstrap.mean_interval(values, seed=4) == first
    assert bootstrap.mean_interval(values, seed=5) != first


def test_clips_without_a_value_are_not_counted() -> None:
    """A NaN that turns a whole set into NaN, or an n that claims clips which were never scored."""
    interval = bootstrap.mean_interval(np.array([1.0, np.nan, 3.0, np.nan]), seed=0)
    assert (interval.value, interval.n) == (2.0, 2)
    assert np.isfinite(interval.low) and np.isfinite(interval.high)
    nothing = bootstrap.mean_interval(np.array([np.nan, np.nan]), seed=0)
    assert np.isnan(nothing.value) and nothing.n == 0


def test_one_clip_has_a_value_without_interval() -> None:
    interval = bootstrap.mean_interval(np.array([2.0]), seed=0)
    assert interval.value == 2.0 and np.isnan(interval.low) and np.isnan(interval.high)


def test_statistic_of_a_set_sees_indices_of_clips() -> None:
    values = np.random.default_rng(2).normal(size=25)
    by_statistic = bootstrap.statistic_interval(lambda draw: float(values[draw].mean()), 25, seed=6)
    assert by_statistic.value == pytest.approx(values.mean())
    assert by_statistic.low == pytest.approx(bootstrap.mean_interval(values, seed=6).low)


def test_paired_difference_is_narrower_than_the_clips_spread() -> None:
    """Two systems resampled apart hide a difference that every clip shows."""
    rng = np.random.default_rng(3)
    difficulty = rng.normal(0, 10, size=50)
    interval = bootstrap.paired_difference(difficulty + 1, difficulty + rng.normal(0, 0.1, size=50), seed=0)
    assert interval.value == pytest.approx(1.0, abs=0.1)
    assert 0.8 < interval.low < interval.high < 1.2


def test_pairs_of_different_lengths_and_empty_sets_raise() -> None:
    with pytest.raises(ValueError, match="3 and 4"):
        bootstrap.paired_difference(np.ones(3), np.ones(4), seed=0)
    with pytest.raises(ValueError, match="no clip"):
        bootstrap.mean_interval(np.array([]), seed=0)
