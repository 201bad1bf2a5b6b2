"""A fixed number of rows, drawn evenly from a stream of unknown length."""

import numpy as np
from jaxtyping import Float


class Reservoir:
    """Every row seen so far has had the same chance to be kept (Vitter's algorithm R); memory never grows.

    Args:
        capacity: rows kept at most.
        seed: of the draws.
    """

    def __init__(self, capacity: int, seed: int) -> None:
        self._capacity = capacity
        self._rng = np.random.default_rng(seed)
        self._kept: np.ndarray | None = None
        self._seen = 0

    def add(self, rows: Float[np.ndarray, "n *row"]) -> None:
        """Offers rows, in their order in the stream."""
        if self._kept is None:
            self._kept = np.empty((self._capacity, *rows.shape[1:]), np.float32)
        free = min(max(self._capacity - self._seen, 0), len(rows))
        self._kept[self._seen : self._seen + free] = rows[:free]
        late = rows[free:]
        places = self._rng.integers(0, self._seen + free + np.arange(1, len(late) + 1))
        taken = places < self._capacity
        self._kept[places[taken]] = late[taken]
        self._seen += len(rows)

    def rows(self) -> Float[np.ndarray, "n *row"]:
        """The rows kept.

        Returns:
            All that were offered, or `capacity` of them.

        Raises:
            ValueError: when nothing was offered.
        """
        if self._kept is None or not self._seen:
            raise ValueError("The reservoir is empty.")
        return self._kept[: self._seen]
