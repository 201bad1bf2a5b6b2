import numpy as np
import pytest

from v2meow_pipeline.metrics import tempo
from v2meow_pipeline.metrics.controls import click_track

RATE = 16_000


def drums(bpm: float, seconds: float = 10.0, seed: int = 0) -> np.ndarray:
    """Kicks on beats and quieter noise on off-beats: the off-beats invite an octave error."""
    rng = np.random.default_rng(seed)
    wave = rng.normal(0, 1e-3, round(seconds * RATE))
    for half_beat in range(int(seconds * bpm / 30) + 1):
        start = round(half_beat * 30 / bpm * RATE)
        length = max(0, min(2400, len(wave) - start))
        decay = np.exp(-np.arange(length) / 500)
        kick = np.sin(2 * np.pi * 70 * np.arange(length) / RATE)
        wave[start : start + length] += decay * (kick if half_beat % 2 == 0 else 0.15 * rng.normal(size=length))
    return (0.5 * wave).astype(np.float32)


@pytest.mark.parametrize("bpm", [72.0, 90.0, 113.0, 128.0, 150.0])
def test_tempo_of_drums_is_within_one_percent_up_to_octaves(bpm: float) -> None:
    """A lag rounded to a frame: 2 % off at 128 BPM with a hop of 16 ms."""
    estimate = tempo.tempo_bpm(drums(bpm), RATE)
    assert tempo.tempo_error_equivalent(estimate, bpm) < 0.01


def test_click_track_has_its_tempo() -> None:
    assert tempo.tempo_bpm(click_track(120.0, 10 * RATE, RATE), RATE) == pytest.approx(120.0, rel=0.01)


def test_silence_has_no_tempo() -> None:
    """librosa answers about 120 for silence, its prior's peak: a silent system would score as pop music."""
    assert np.isnan(tempo.tempo_bpm(np.zeros(10 * RATE, np.float32), RATE))
    assert np.isnan(tempo.tempo_bpm(np.full(10 * RATE, 1e-6, np.float32), RATE))


def test_errors_are_relative_and_equivalents_are_octaves_and_triples() -> None:
    assert tempo.tempo_error(132.0, 120.0) == pytest.approx(0.1)
    assert tempo.tempo_error(60.0, 120.0) == pytest.approx(0.5)
    for factor in (1 / 3, 1 / 2, 1, 2, 3):
        assert tempo.tempo_error_equivalent(120.0 * factor, 120.0) == pytest.approx(0.0, abs=1e-12)
    assert tempo.tempo_error_equivalent(180.0, 120.0) == pytest.approx(0.25)


def test_a_clip_without_tempo_is_no_error_but_is_outside_the_tolerance() -> None:
    """Left out of the share, silent clips would raise it."""
    estimates, truths = np.array([120.0, np.nan, 90.0]), np.array([120.0, 120.0, 120.0])
    assert np.isnan(tempo.tempo_error(np.nan, 120.0))
    within = [tempo.within_tolerance(tempo.tempo_error(a, b)) for a, b in zip(estimates, truths, strict=True)]
    assert within == [True, False, False]
    assert tempo.within_tolerance(0.08) and not tempo.within_tolerance(0.0801)


@pytest.mark.parametrize("truth", [0.0, -5.0, np.nan, np.inf])
def test_a_truth_that_is_no_tempo_raises(truth: float) -> None:
    with pytest.raises(ValueError, match="tempo"):
        tempo.tempo_error(120.0, truth)
