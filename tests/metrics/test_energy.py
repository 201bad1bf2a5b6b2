"""Envelopes of known waves, and their correlations against SciPy's."""

import numpy as np
import pytest
import scipy.stats

from v2meow_pipeline.metrics import energy

RATE = 16_000


def swelling(curve: np.ndarray, envelope_hz: float = 4.0, seed: int = 0) -> np.ndarray:
    """Noise whose amplitude follows a curve, `[t]` at `envelope_hz`."""
    amplitude = np.repeat(curve, round(RATE / envelope_hz))
    noise = np.random.default_rng(seed).normal(size=len(amplitude))
    return (amplitude * noise).astype(np.float32)


def test_a_full_scale_square_wave_is_at_zero_and_silence_at_the_floor() -> None:
    square = np.tile([1.0, -1.0], RATE)
    np.testing.assert_allclose(energy.loudness_envelope(square, RATE), np.zeros(8), atol=1e-9)
    np.testing.assert_allclose(energy.loudness_envelope(np.zeros(RATE), RATE), np.full(4, -60.0))


def test_a_constant_offset_is_no_loudness() -> None:
    """A direct current that is switched on would be a crescendo."""
    steps = np.repeat([0.0, 0.5], RATE)
    np.testing.assert_allclose(energy.loudness_envelope(steps, RATE), np.full(8, -60.0))


@pytest.mark.parametrize(("samples", "hz", "count"), [(160_000, 4, 40), (160_000, 24, 240), (100_001, 30, 188)])
def test_an_envelope_has_the_clocks_length(samples: int, hz: float, count: int) -> None:
    """Windows of a rounded length: at 24 Hz they have drifted by 5 ms after 10 s, and may be one too few."""
    wave = np.ones(samples, np.float32)
    assert len(energy.loudness_envelope(wave, RATE, hz)) == count


def test_a_burst_lies_in_its_own_window() -> None:
    wave = np.zeros(2 * RATE, np.float32)
    wave[RATE : RATE + 100] = 0.5 * (-1) ** np.arange(100)
    assert energy.loudness_envelope(wave, RATE).argmax() == 4


def test_coefficients_equal_scipys() -> None:
    """Ranks without means for ties."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 6, 40).astype(float), rng.normal(size=40)
    found = energy.correlation(x, y)
    assert found.pearson == pytest.approx(scipy.stats.pearsonr(x, y).statistic)
    assert found.spearman == pytest.approx(scipy.stats.spearmanr(x, y).statistic)
    assert found.n == 40


def test_music_that_swells_with_the_reference_correlates_and_its_opposite_does_the_contrary() -> None:
    curve = 0.05 + 0.2 * np.abs(np.sin(np.arange(40) / 3))
    reference = energy.loudness_envelope(swelling(curve, seed=1), RATE)
    along = energy.loudness_correlations(energy.loudness_envelope(swelling(curve), RATE), reference, "reference")
    against = energy.loudness_correlations(
        energy.loudness_envelope(swelling(0.3 - curve), RATE), reference, "reference"
    )
    assert list(along) == ["energy_pearson_reference_4hz", "energy_spearman_reference_4hz"]
    assert min(along.values()) > 0.95
    assert max(against.values()) < -0.8


def test_an_order_that_is_kept_has_rank_correlation_one_whatever_the_unit() -> None:
    motion = np.exp(np.linspace(0, 8, 48))
    wave = swelling(np.geomspace(0.001, 0.3, 48), envelope_hz=24)
    found = energy.loudness_correlations(energy.loudness_envelope(wave, RATE, 24), motion, "motion", envelope_hz=24)
    assert found["energy_spearman_motion_24hz"] > 0.99 > found["energy_pearson_motion_24hz"]


def test_what_does_not_vary_has_no_correlation() -> None:
    """Zero would say that the two have nothing to do with each other."""
    for constant in (np.full(40, 0.1 + 0.2), np.zeros(40)):
        found = energy.correlation(constant, np.arange(40))
        assert np.isnan(found.pearson) and np.isnan(found.spearman)
    scores = energy.loudness_correlations(energy.loudness_envelope(np.zeros(10 * RATE), RATE), np.arange(40), "motion")
    assert all(np.isnan(score) for score in scores.values())


def test_one_value_more_is_cut_and_two_are_refused() -> None:
    """Frames and sound of one clip may differ by a rounding, not by a second."""
    assert energy.correlation(np.arange(40), np.arange(41)).pearson == pytest.approx(1)
    with pytest.raises(ValueError, match="same moments"):
        energy.correlation(np.arange(40), np.arange(42))


def test_what_has_no_envelope_raises() -> None:
    for wave, hz, fault in (
        (np.zeros(0), 4, "empty"),
        (np.full(RATE, np.nan), 4, "finite"),
        (np.zeros(100), 4, "too short"),
        (np.zeros(RATE), 0, "not a rate"),
    ):
        with pytest.raises(ValueError, match=fault):
            energy.loudness_envelope(wave, RATE, hz)
    with pytest.raises(ValueError, match="finite"):
        energy.correlation([0, 1, np.nan], [0, 1, 2])
    with pytest.raises(ValueError, match="2 moments"):
        energy.correlation([0, 1], [0, 1])
