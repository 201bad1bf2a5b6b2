"""Smoothing of quantized frames."""

import numpy as np

from v2meow_pipeline.tokenizers.smoothing import fit_smoother, with_neighbours


def test_neighbours_are_in_order_and_ends_repeat() -> None:
    """A reversed or shifted context fits as well on the training runs' insides and fails at their ends."""
    frames = np.arange(4, dtype=np.float32)[:, None]
    expected = [[0, 0, 1, 1], [0, 1, 2, 1], [1, 2, 3, 1], [2, 3, 3, 1]]
    np.testing.assert_array_equal(with_neighbours(frames, 1), expected)


def test_noise_on_a_slow_signal_is_reduced() -> None:
    """The reason it exists: errors of neighbours are independent, the signal is not."""
    rng = np.random.default_rng(0)
    slow = np.cumsum(0.1 * rng.standard_normal((200, 20, 3)), axis=1).astype(np.float32)
    noisy = slow + 0.3 * rng.standard_normal(slow.shape).astype(np.float32)
    smoothed = with_neighbours(noisy, 2) @ fit_smoother(noisy[:150], slow[:150], 2)
    error = np.abs(smoothed - slow)[150:, 2:-2].mean()
    assert error < 0.7 * np.abs(noisy - slow)[150:].mean()
