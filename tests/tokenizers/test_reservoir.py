"""Sampling from a stream."""

import numpy as np
import pytest

from v2meow_pipeline.tokenizers.reservoir import Reservoir


def test_few_rows_are_all_kept() -> None:
    """Unused places of the buffer are not rows."""
    reservoir = Reservoir(10, seed=0)
    reservoir.add(np.arange(3.0)[:, None])
    reservoir.add(np.arange(3.0, 5.0)[:, None])
    np.testing.assert_array_equal(reservoir.rows()[:, 0], np.arange(5))


def test_late_rows_have_the_same_chance() -> None:
    """A reservoir that favours early clips fits the tokenizer on the first genre of the manifest."""
    kept = []
    for seed in range(20):
        reservoir = Reservoir(100, seed)
        for start in range(0, 2000, 50):
            reservoir.add(np.arange(start, start + 50, dtype=np.float32)[:, None])
        kept.append(reservoir.rows()[:, 0])
    assert np.mean(kept) == pytest.approx(1000, abs=60)


def test_empty_reservoir_says_so() -> None:
    """Uninitialised memory must not pass for rows."""
    with pytest.raises(ValueError, match="empty"):
        Reservoir(3, 0).rows()
