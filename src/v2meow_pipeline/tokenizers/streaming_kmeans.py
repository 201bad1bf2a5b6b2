"""Mini-batch k-means over a stream, with constant memory (Sculley 2010; scikit-learn's implementation).

The stream is iterated several times, and only one mini-batch of rows is in memory at a time.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from jaxtyping import Float

from v2meow_pipeline.seeding import derive_seed

Stream = Callable[[], Iterable[np.ndarray]]


class Moments:
    """Incremental mean and standard deviation of each column (Chan et al. 1979)."""

    def __init__(self) -> None:
        """Starts with no rows."""
        self._count = 0
        self._mean: np.ndarray | float = 0.0
        self._squares: np.ndarray | float = 0.0

    def add(self, rows: Float[np.ndarray, "n width"]) -> None:
        """Updates the statistics with rows."""
        if not len(rows):
            return
        part = rows.astype(np.float64)
        mean, total = part.mean(0), self._count + len(part)
        delta = mean - self._mean
        self._squares = self._squares + ((part - mean) ** 2).sum(0) + delta**2 * (self._count * len(part) / total)
        self._mean = self._mean + delta * (len(part) / total)
        self._count = total

    def result(self) -> tuple[Float[np.ndarray, " width"], Float[np.ndarray, " width"]]:
        """Mean and standard deviation of the rows so far.

        Returns:
            Mean and standard deviation of each column, float32.

        Raises:
            ValueError: if no rows were added.
        """
        if not self._count:
            raise ValueError("There are no rows to compute moments of.")
        mean, deviation = np.asarray(self._mean), np.sqrt(np.asarray(self._squares) / self._count)
        return mean.astype(np.float32), deviation.astype(np.float32)


def stream_centres(
    stream: Stream, first: Float[np.ndarray, "k width"], seed: int, passes: int, batch_rows: int
) -> Float[np.ndarray, "k width"]:
    """Fits k-means centres on all rows of a stream with mini-batch k-means.

    Args:
        stream: function that returns an iterable over all rows, in arrays of any size; called once per pass. Fewer rows
            than centres are repeated.
        first: initial centres.
        seed: seeds the order within mini-batches, and the reassignment of centres with few rows.
        passes: number of passes over the stream.
        batch_rows: rows per mini-batch; should be several times the number of centres.

    Returns:
        The centres, float32.
    """
    from sklearn.cluster import MiniBatchKMeans

    kmeans = MiniBatchKMeans(
        len(first), init=first, n_init=1, random_state=derive_seed(seed, "mini-batch") % 2**32, compute_labels=False
    )
    rng = np.random.default_rng(derive_seed(seed, "order"))
    for _ in range(passes):
        for batch in mini_batches(stream(), batch_rows):
            rows = batch[rng.permutation(len(batch))]
            # scikit-learn refuses a first batch with fewer rows than centres.
            if not hasattr(kmeans, "cluster_centers_"):
                rows = np.resize(rows, (max(len(rows), len(first)), rows.shape[1]))
            kmeans.partial_fit(rows)
    return np.asarray(kmeans.cluster_centers_, np.float32)


def mini_batches(parts: Iterable[np.ndarray], batch_rows: int) -> Iterator[Float[np.ndarray, "n width"]]:
    """Regroups the rows of a stream into batches of `batch_rows`; the last batch may be smaller."""
    pending: list[np.ndarray] = []
    count = 0
    for part in parts:
        pending.append(part)
        count += len(part)
        while count >= batch_rows:
            rows = np.concatenate(pending)
            yield rows[:batch_rows]
            pending, count = [rows[batch_rows:].copy()], count - batch_rows
    if count:
        yield np.concatenate(pending)
