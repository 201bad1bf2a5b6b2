"""Peaks of movement."""

import numpy as np
import pytest

from v2meow_pipeline.encoders.motion import motion_peaks


def test_peaks_of_movement_are_found_at_their_times() -> None:
    """A frame's index taken for seconds, or jitter taken for movement."""
    rng = np.random.default_rng(0)
    t_s = np.arange(240) / 24
    motion = 0.02 * rng.normal(size=240) + sum(np.exp(-(((t_s - peak) / 0.15) ** 2)) for peak in (2.0, 5.5, 9.0))
    np.testing.assert_allclose(motion_peaks(motion, 24.0), [2.0, 5.5, 9.0], atol=0.09)
    assert len(motion_peaks(np.full(240, 0.1), 24.0)) == 0


@pytest.mark.parametrize(
    ("bad", "hz"), [(np.zeros(0), 24.0), (np.array([np.nan, 1]), 24.0), (np.ones((1, 1)), 24.0), (np.arange(2.0), 0.0)]
)
def test_what_is_no_motion_raises(bad: np.ndarray, hz: float) -> None:
    with pytest.raises(ValueError, match=r"finite|not a rate"):
        motion_peaks(bad, hz)
