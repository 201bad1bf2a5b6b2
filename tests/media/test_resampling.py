"""Resampling equals scipy's, whose import it avoids for multiples of a rate."""

import numpy as np
import pytest
from scipy.signal import resample_poly

from v2meow_pipeline.media.resampling import resample, upsample


@pytest.mark.parametrize("factor", [2, 3, 4, 6])
@pytest.mark.parametrize("shape", [(16_000,), (5_000, 2), (3, 1), (1,)])
def test_samples_equal_those_of_scipy(factor: int, shape: tuple[int, ...]) -> None:
    """Catches a soundtrack that changes with the implementation, by another filter or another order of its sum."""
    wave = np.random.default_rng(factor).normal(0, 0.3, shape).astype(np.float32)
    expected = resample_poly(wave, factor, 1, axis=0)
    assert upsample(wave, factor).dtype == np.float32
    assert np.array_equal(upsample(wave, factor), expected)


def test_double_precision_is_kept() -> None:
    """Catches a true peak that is measured in single precision for a wave in double precision."""
    wave = np.random.default_rng(0).normal(0, 0.3, 1000)
    assert upsample(wave, 4).dtype == np.float64
    np.testing.assert_allclose(upsample(wave, 4), resample_poly(wave, 4, 1), atol=1e-12)


@pytest.mark.parametrize(("from_hz", "to_hz"), [(16_000, 48_000), (44_100, 48_000), (48_000, 16_000)])
def test_rates_may_have_any_ratio(from_hz: int, to_hz: int) -> None:
    """Catches a length or a pitch that is wrong for a ratio that is no integer."""
    wave = np.random.default_rng(1).normal(0, 0.3, (from_hz // 10, 2)).astype(np.float32)
    resampled = resample(wave, from_hz, to_hz)
    assert resampled.dtype == np.float32
    assert np.array_equal(resampled, resample_poly(wave, to_hz, from_hz, axis=0).astype(np.float32))


def test_nothing_stays_nothing() -> None:
    """Catches a failure for a video without frames of sound."""
    assert resample(np.zeros((0, 1), np.float32), 16_000, 48_000).shape == (0, 1)
