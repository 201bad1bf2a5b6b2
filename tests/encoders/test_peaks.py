"""Peaks equal scipy's, whose import they avoid."""

import numpy as np
import pytest
from scipy.signal import find_peaks as reference

from v2meow_pipeline.encoders.peaks import find_peaks


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("levels", [0, 3, 9])
def test_peaks_equal_those_of_scipy(seed: int, levels: int) -> None:
    """Catches other motion peaks: few levels give flat maxima, equal heights and equal prominences."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=rng.integers(1, 300))
    values = np.round(values * levels / 3) if levels else np.cumsum(values)
    for distance, prominence in ((1, 0.0), (6, 0.5), (20, 1.0)):
        expected, _ = reference(values, distance=distance, prominence=prominence)
        assert np.array_equal(find_peaks(values, distance, prominence), expected)


@pytest.mark.parametrize("values", [[0.0], [0.0, 1.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0, 0.0], [2.0, 1.0, 2.0]])
def test_short_and_flat_signals(values: list[float]) -> None:
    """Catches a peak at an end of the signal, or none on a flat maximum."""
    expected, _ = reference(np.array(values), distance=1, prominence=0.1)
    assert np.array_equal(find_peaks(np.array(values), 1, 0.1), expected)
