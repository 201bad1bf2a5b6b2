import time
import warnings

import numpy as np
import pytest

from v2meow_pipeline.metrics import bootstrap, fad, fad_bootstrap


def clips(n: int = 30, seed: int = 0, shift: float = 0.0, d: int = 6) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(int(rng.integers(3, 9)), d)) + rng.normal(size=d) + shift for _ in range(n)]


def test_pooled_statistics_of_a_resample_equal_those_of_its_frames() -> None:
    """Weights that count clips rather than frames, or a covariance about the wrong mean."""
    sets, draws = clips(shift=50.0), bootstrap.resamples(30, 4, seed=1)
    moments = list(fad_bootstrap.gaussians_of_resamples(sets, draws, at_once=3))
    assert len(moments) == 4
    for draw, gaussian in zip(draws, moments, strict=True):
        expected = fad.gaussian(np.concatenate([sets[clip] for clip in draw]))
        assert gaussian.n == expected.n
        np.testing.assert_allclose(gaussian.mean, expected.mean, rtol=1e-10)
        np.testing.assert_allclose(gaussian.covariance, expected.covariance, atol=1e-9)


def test_interval_holds_the_value_and_repeats_with_the_seed() -> None:
    systems = {"near": clips(seed=1), "far": clips(seed=2, shift=2.0)}
    first = fad_bootstrap.fad_intervals(clips(), systems, seed=5, replicates=100)
    again = fad_bootstrap.fad_intervals(clips(), systems, seed=5, replicates=100)
    assert first == again
    for interval in first.values():
        assert interval.low <= interval.value <= interval.high
        assert interval.n == 30
    assert first["near"].high < first["far"].low


def test_ground_truth_against_itself_is_zero_with_no_width() -> None:
    """Clips of both sides are drawn together: resampled apart, a system would differ from itself."""
    interval = fad_bootstrap.fad_intervals(clips(), {"same": clips()}, seed=5, replicates=50)["same"]
    assert interval.value == pytest.approx(0, abs=1e-9)
    assert interval.high == pytest.approx(0, abs=1e-9)


def test_coverage_of_the_interval_is_not_lost_to_the_bias_of_repeated_clips() -> None:
    """Replicates repeat clips, which raises FAD; uncentred percentiles lie above the value itself."""
    systems = {"near": clips(60, seed=1, d=20)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        interval = fad_bootstrap.fad_intervals(clips(60, d=20), systems, seed=5, replicates=100)["near"]
    assert interval.low < interval.value < interval.high


def test_one_clip_has_a_value_without_interval() -> None:
    interval = fad_bootstrap.fad_intervals(clips(1), {"one": clips(1, seed=3)}, seed=0)["one"]
    assert np.isfinite(interval.value) and np.isnan(interval.low) and np.isnan(interval.high)


def test_sides_with_other_numbers_of_clips_raise() -> None:
    with pytest.raises(ValueError, match="near has 4 clips, the reference 5"):
        fad_bootstrap.fad_intervals(clips(5), {"near": clips(4)}, seed=0)


@pytest.mark.slow
def test_a_thousand_clips_take_seconds() -> None:
    start = time.perf_counter()
    fad_bootstrap.fad_intervals(clips(1000, d=200), {"a": clips(1000, seed=1, d=200)}, seed=0)
    assert time.perf_counter() - start < 60
