"""Distances of new clips from old ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2meow_pipeline.metrics.drift import category_drift, number_drift

numbers = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30)
labels = st.lists(st.sampled_from("abcd"), min_size=2, max_size=20)


@settings(max_examples=10, deadline=None)
@given(labels, labels)
def test_category_distances_are_distances(first: list[str], second: list[str]) -> None:
    """Catches a distance outside [0, 1], or one that depends on which is called new."""
    there, back = category_drift(first, second, 0), category_drift(second, first, 0)
    assert 0 <= there.distance <= 1 and 0 < there.p_value <= 1
    assert there.distance == pytest.approx(back.distance)
    assert category_drift(first, first, 0).distance == 0


@settings(deadline=None)
@given(numbers, numbers)
def test_number_distances_are_distances(first: list[float], second: list[float]) -> None:
    """Catches a distance outside [0, 1], or one of equal samples."""
    drift = number_drift(first, second)
    assert 0 <= drift.distance <= 1 and 0 <= drift.p_value <= 1 and drift.shift >= 0
    assert drift.distance == pytest.approx(number_drift(second, first).distance)
    same = number_drift(first, first)
    assert (same.distance, same.shift) == (0, 0)


def test_known_values() -> None:
    """Catches another base of the logarithm, a divergence in place of its root, and a shift in other units."""
    assert category_drift(["a"] * 4, ["b"] * 4, 0).distance == pytest.approx(1)
    # JS divergence of (1, 0) and (1/2, 1/2): H(3/4) - 1/2 = 0.31128 bits.
    assert category_drift(["a"] * 8, ["a", "b"] * 4, 0).distance == pytest.approx(0.31128**0.5, abs=1e-5)
    moved = number_drift([0.0, 2.0] * 10, [3.0, 5.0] * 10)
    assert (moved.distance, moved.shift) == (1, pytest.approx(3))
    assert number_drift([5.0] * 5, [6.0] * 5).shift == np.inf


def test_chance_is_told_from_drift() -> None:
    """Catches a stop because ten clips of the same kind happen to differ from a hundred others."""
    rng = np.random.default_rng(0)
    old = rng.normal(size=100)
    chance = [number_drift(old, rng.normal(size=10)).p_value for _ in range(40)]
    assert sum(p < 0.01 for p in chance) <= 2
    assert number_drift(old, rng.normal(3, 1, size=10)).p_value < 1e-4
    genres = list(rng.choice(["a", "b", "c"], 100))
    assert category_drift(genres, ["d"] * 10, 0).p_value < 0.01
    assert category_drift(genres, list(rng.choice(["a", "b", "c"], 10)), 0).p_value > 0.01


def test_values_that_are_not_there_are_not_counted() -> None:
    """Catches clips of unknown tempo being taken for drift, and an empty sample for none."""
    assert number_drift([1.0, np.nan, 2.0], [1.0, 2.0]).n_reference == 2
    with pytest.raises(ValueError, match="cannot be compared"):
        number_drift([np.nan], [1.0])
    with pytest.raises(ValueError, match="cannot be compared"):
        category_drift([], ["a"], 0)
