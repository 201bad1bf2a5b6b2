"""Reservoir sampling: a uniform random sample of fixed size from a stream of unknown length."""

import numpy as np
from jaxtyping import Float


class Reservoir:
    """Reservoir sampling of rows (Vitter's algorithm R).

    Args:
        capacity: maximum number of rows in the sample.
        seed: seeds the sampling.
    """

    def __init__(self, capacity: int, seed: int) -> None:
        self._capacity = capacity
        self._rng = np.random.default_rng(seed)
        self._kept: np.ndarray | None = None
        self._seen = 0

    def add(self, rows: Float[np.ndarray, "n *row"]) -> None:
        """Adds rows of the stream, in order."""
        if self._kept is None:
            self._kept = np.empty((self._capacity, *rows.shape[1:]), np.float32)
        free = min(max(self._capacity - self._seen, 0), len(rows))
        self._kept[self._seen : self._seen + free] = rows[:free]
        rest = rows[free:]
        slots = self._rng.integers(0, self._seen + free + np.arange(1, len(rest) + 1))
        accepted = slots < self._capacity
        self._kept[slots[accepted]] = rest[accepted]
        self._seen += len(rows)

    def rows(self) -> Float[np.ndarray, "n *row"]:
        """The sample.

        Returns:
            All rows that were added, or a random sample of `capacity` rows.

        Raises:
            ValueError: if no rows were added.
        """
        if self._kept is None or not self._seen:
            raise ValueError("The reservoir is empty: no rows were added.")
        return self._kept[: self._seen]
