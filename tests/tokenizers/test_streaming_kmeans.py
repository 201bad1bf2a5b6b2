"""K-means over a stream: seeded, near to k-means in memory, and flat in memory."""

import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest
from sklearn.cluster import KMeans

from v2meow_pipeline.tokenizers.kmeans import fit_centres, nearest
from v2meow_pipeline.tokenizers.streaming_kmeans import Moments, mini_batches, stream_centres

WIDTH, K = 8, 16


def parts(count: int = 60, rows: int = 100) -> Iterator[np.ndarray]:
    """Parts of a stream, each of which lies near two of sixteen places."""
    places = 5 * np.random.default_rng(0).standard_normal((K, WIDTH))
    for index in range(count):
        rng = np.random.default_rng(index + 1)
        chosen = rng.choice(K, 2)[rng.integers(2, size=rows)]
        yield (places[chosen] + rng.standard_normal((rows, WIDTH))).astype(np.float32)


def inertia(rows: np.ndarray, centres: np.ndarray) -> float:
    return float(((rows - centres[nearest(rows, centres)]) ** 2).sum())


def start(seed: int) -> np.ndarray:
    return fit_centres(np.concatenate(list(parts(10))), K, seed, full_iterations=1)


def fitted(seed: int) -> np.ndarray:
    return stream_centres(parts, start(seed), seed, passes=4, batch_rows=500)


def test_the_same_seed_gives_the_same_centres() -> None:
    """Catches a draw without seed, which changes all tokens downstream."""
    np.testing.assert_array_equal(fitted(0), fitted(0))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_inertia_is_near_that_of_all_rows_at_once_from_the_same_start(seed: int) -> None:
    """Catches centres that stay where they started, on a sixth of the stream."""
    rows = np.concatenate(list(parts()))
    batch = KMeans(K, init=start(seed), n_init=1).fit(rows).inertia_
    assert inertia(rows, fitted(seed)) < 1.2 * batch


def test_memory_does_not_grow_with_the_stream() -> None:
    """Catches parts that are all held until the end."""

    def peak(count: int) -> int:
        first = next(parts())[:K]
        stream_centres(parts, first, 0, 1, 500)
        tracemalloc.start()
        stream_centres(lambda: parts(count, 400), first, 0, 1, 500)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    assert peak(200) < 1.3 * peak(20)


@pytest.mark.parametrize("batch_rows", [1, 70, 100, 250, 10_000])
def test_mini_batches_hold_every_row_once_in_order(batch_rows: int) -> None:
    """Catches rows lost where a part ends within a batch."""
    batches = list(mini_batches(parts(5), batch_rows))
    np.testing.assert_array_equal(np.concatenate(batches), np.concatenate(list(parts(5))))
    assert all(len(batch) == batch_rows for batch in batches[:-1])


def test_moments_are_those_of_all_rows() -> None:
    """Catches means of means, and cancellation far from zero."""
    moments = Moments()
    for part in parts(7, 33):
        moments.add(part + 1000)
    every = np.concatenate(list(parts(7, 33))).astype(np.float64)
    np.testing.assert_allclose(moments.result()[0], every.mean(0) + 1000, atol=1e-3)
    np.testing.assert_allclose(moments.result()[1], every.std(0), rtol=1e-3)
    with pytest.raises(ValueError, match="no rows"):
        Moments().result()


def test_fewer_rows_than_centres_are_fitted() -> None:
    """Catches a traceback of scikit-learn for a corpus of a few clips, with a vocabulary of 1,024."""
    rows = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    centres = stream_centres(lambda: [rows], rows[[0, 1, 2, 3, 4, 0, 1, 2]], 0, 2, 100)
    assert centres.shape == (8, 3) and np.isfinite(centres).all()
    assert nearest(rows, centres).shape == (5,)
