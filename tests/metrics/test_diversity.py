"""Distances between items against SciPy's, and generators that collapse."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from v2meow_pipeline.metrics import diversity


def items(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("n", [2, 3, 20])
def test_it_equals_scipys_pairwise_distance(n: int) -> None:
    """Each item's distance to itself averaged in: n = 2 would give half."""
    x = items(n, 8)
    assert diversity.mean_pairwise_distance(x) == pytest.approx(pdist(x, "cosine").mean())
    assert diversity.mean_pairwise_distance(5 * x[::-1]) == pytest.approx(diversity.mean_pairwise_distance(x))


def test_copies_have_none_and_opposites_two() -> None:
    assert diversity.mean_pairwise_distance(np.tile(items(1, 8), (5, 1))) == pytest.approx(0, abs=1e-12)
    assert diversity.mean_pairwise_distance([[1, 0], [-1, 0]]) == 2.0


def test_seeds_and_clips_are_told_apart() -> None:
    """The axes exchanged: a generator that ignores its seed would seem to ignore its video."""
    of_clip = np.repeat(items(6, 1, 8), 4, axis=1)
    assert diversity.between_clips(of_clip) == pytest.approx(pdist(of_clip[:, 0], "cosine").mean())
    of_seed = of_clip.swapaxes(0, 1)
    assert diversity.between_clips(of_seed) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (items(1, 8), "two items"),
        (np.zeros((0, 8)), "shape"),
        (np.zeros((3, 8)), "length 0"),
        (np.full((3, 8), np.nan), "finite"),
        (items(8), "two items"),
    ],
)
def test_items_that_cannot_differ_raise(bad: np.ndarray, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        diversity.mean_pairwise_distance(bad)


def test_one_clip_raises_where_several_are_needed() -> None:
    with pytest.raises(ValueError, match="two items"):
        diversity.between_clips(items(1, 3, 8))
    with pytest.raises(ValueError, match=r"\[clip, seed, width\]"):
        diversity.between_clips(items(3, 8))
