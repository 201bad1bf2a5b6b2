"""K-means over a stream: memory that does not grow with the corpus.

Mini-batch k-means (Sculley 2010) as scikit-learn has it; the stream is gone through several times, and only one
mini-batch of its rows is ever held.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from jaxtyping import Float

from v2meow_pipeline.seeding import derive_seed

Stream = Callable[[], Iterable[np.ndarray]]


class Moments:
    """Mean and standard deviation of each column of rows seen one part at a time (Chan et al. 1979)."""

    def __init__(self) -> None:
        """Nothing seen yet."""
        self._count = 0
        self._mean: np.ndarray | float = 0.0
        self._squares: np.ndarray | float = 0.0

    def add(self, rows: Float[np.ndarray, "n width"]) -> None:
        """Takes rows into account."""
        if not len(rows):
            return
        part = rows.astype(np.float64)
        mean, total = part.mean(0), self._count + len(part)
        away = mean - self._mean
        self._squares = self._squares + ((part - mean) ** 2).sum(0) + away**2 * (self._count * len(part) / total)
        self._mean = self._mean + away * (len(part) / total)
        self._count = total

    def result(self) -> tuple[Float[np.ndarray, " width"], Float[np.ndarray, " width"]]:
        """Mean and standard deviation.

        Returns:
            float32, of each column.

        Raises:
            ValueError: when no rows were seen.
        """
        if not self._count:
            raise ValueError("There are no rows to measure.")
        mean, spread = np.asarray(self._mean), np.sqrt(np.asarray(self._squares) / self._count)
        return mean.astype(np.float32), spread.astype(np.float32)


def stream_centres(
    stream: Stream, first: Float[np.ndarray, "k width"], seed: int, passes: int, batch_rows: int
) -> Float[np.ndarray, "k width"]:
    """Centres fitted on every row of a stream, a mini-batch at a time.

    Args:
        stream: gives the rows, in parts of any size, from the start each time it is called.
        first: where the centres start, such as rows drawn evenly from the stream.
        seed: of the order within a mini-batch, and of the moves of centres that take few rows.
        passes: how often the stream is gone through.
        batch_rows: rows of a mini-batch; best several times as many as centres.

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
            kmeans.partial_fit(batch[rng.permutation(len(batch))])
    return np.asarray(kmeans.cluster_centers_, np.float32)


def mini_batches(parts: Iterable[np.ndarray], batch_rows: int) -> Iterator[Float[np.ndarray, "n width"]]:
    """The rows of a stream in batches of `batch_rows`; what is left over at the end is a smaller batch."""
    held: list[np.ndarray] = []
    count = 0
    for part in parts:
        held.append(part)
        count += len(part)
        while count >= batch_rows:
            every = np.concatenate(held)
            yield every[:batch_rows]
            held, count = [every[batch_rows:].copy()], count - batch_rows
    if count:
        yield np.concatenate(held)
