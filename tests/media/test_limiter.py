"""The limiter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import minimum_filter1d, uniform_filter1d

from v2meow_pipeline.media import limiter
from v2meow_pipeline.media.limiter import limit_peaks, moving_average, moving_minimum

RATE_HZ = 16_000


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4000), st.floats(0.1, 1.0))
def test_no_sample_exceeds_the_ceiling(seed: int, samples: int, ceiling: float) -> None:
    """Catches a gain that comes too late, or that the smoothing raised again at the peak."""
    wave = np.random.default_rng(seed).standard_t(2, samples)
    assert np.abs(limit_peaks(wave, RATE_HZ, ceiling)).max() <= ceiling * (1 + 1e-6)


def test_what_is_below_the_ceiling_is_untouched() -> None:
    """Catches a limiter that colours all sound."""
    wave = np.random.default_rng(0).uniform(-0.5, 0.5, (4000, 2)).astype(np.float32)
    np.testing.assert_array_equal(limit_peaks(wave, RATE_HZ, 0.6), wave)


def test_the_gain_never_jumps() -> None:
    """Catches a click where the limiter takes hold."""
    wave = np.full(RATE_HZ, 0.2)
    wave[8000] = 1.0
    gain = limit_peaks(wave, RATE_HZ, 0.5) / wave
    assert np.abs(np.diff(gain)).max() < 0.01
    np.testing.assert_allclose(gain[[0, -1]], 1, rtol=1e-6)


def test_long_sound_is_limited_as_if_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a gain that jumps, or forgets a peak, where one block of a long sound meets the next."""
    wave = np.random.default_rng(0).normal(0, 0.3, (20_000, 2))
    wave[[4_990, 5_010, 9_999]] = 3.0
    whole = limit_peaks(wave, 16_000, 0.5)
    monkeypatch.setattr(limiter, "BLOCK_SAMPLES", 5_000)
    np.testing.assert_allclose(limit_peaks(wave, 16_000, 0.5), whole, atol=1e-6)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3000), st.integers(1, 400))
def test_moving_windows_equal_those_of_scipy(seed: int, samples: int, half: int) -> None:
    """Catches windows that are shifted by a sample, and other values beyond the ends."""
    values = np.random.default_rng(seed).uniform(0.1, 1.0, samples)
    width = 2 * half + 1
    np.testing.assert_array_equal(moving_minimum(values, width), minimum_filter1d(values, width, mode="nearest"))
    expected = uniform_filter1d(values, half, mode="nearest")
    np.testing.assert_allclose(moving_average(values, half), expected, rtol=1e-9)
