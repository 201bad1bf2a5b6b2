"""K-means."""

import numpy as np

from v2meow_pipeline.tokenizers.kmeans import fit_centres, nearest


def test_separate_clusters_are_found() -> None:
    """Means computed over rows sorted differently from their labels land between clusters."""
    rng = np.random.default_rng(0)
    truth = 10 * rng.standard_normal((8, 5))
    rows = (truth[rng.integers(0, 8, 4000)] + 0.1 * rng.standard_normal((4000, 5))).astype(np.float32)
    centres = fit_centres(rows, 64, seed=1)
    assert np.linalg.norm(rows - centres[nearest(rows, centres)], axis=1).max() < 2


def test_nearest_is_the_nearest() -> None:
    """A wrong sign of the norms prefers long centres."""
    rng = np.random.default_rng(1)
    rows, centres = rng.standard_normal((500, 7)).astype(np.float32), rng.standard_normal((30, 7)).astype(np.float32)
    expected = ((rows[:, None] - centres) ** 2).sum(-1).argmin(1)
    np.testing.assert_array_equal(nearest(rows, centres), expected)


def test_fixed_centres_stay() -> None:
    """The codec's silence must not drift to the mean of quiet frames."""
    rows = np.random.default_rng(2).standard_normal((300, 4)).astype(np.float32)
    fixed = np.full((1, 4), 0.25, np.float32)
    np.testing.assert_array_equal(fit_centres(rows, 16, seed=0, fixed=fixed)[:1], fixed)


def test_fewer_rows_than_centres() -> None:
    """A tiny test corpus must not crash the fit."""
    rows = np.random.default_rng(3).standard_normal((5, 4)).astype(np.float32)
    centres = fit_centres(rows, 16, seed=0)
    assert np.isfinite(centres).all()
    np.testing.assert_allclose(centres[nearest(rows, centres)], rows, atol=1e-5)
