import time

import mir_eval
import numpy as np
import pytest

from v2meow_pipeline.metrics import rhythm
from v2meow_pipeline.metrics.controls import click_track

RATE = 16_000
BEATS_S = np.arange(0.25, 10.0, 0.5)


def test_beats_in_the_first_five_seconds_count() -> None:
    """mir_eval's `evaluate` trims 5 s, half of a clip; its `f_measure` does not."""
    early_wrong = np.concatenate([BEATS_S[BEATS_S < 5] + 0.2, BEATS_S[BEATS_S >= 5]])
    assert rhythm.beat_f_measure(BEATS_S, early_wrong) == pytest.approx(0.5)


def test_scores_are_those_of_mir_eval_with_its_windows() -> None:
    rng = np.random.default_rng(0)
    estimated = np.sort(BEATS_S + rng.normal(0, 0.05, size=len(BEATS_S)))
    assert rhythm.beat_f_measure(BEATS_S, estimated) == mir_eval.beat.f_measure(BEATS_S, estimated, 0.07)
    assert rhythm.beat_cemgil(BEATS_S, estimated) == mir_eval.beat.cemgil(BEATS_S, estimated, 0.04)[0]
    assert rhythm.onset_f_measure(BEATS_S, estimated) == mir_eval.onset.f_measure(BEATS_S, estimated, window=0.05)[0]


def test_silence_scores_zero_and_a_reference_without_beats_has_no_score() -> None:
    """Zero for a clip that cannot be judged would punish every system for it alike."""
    nothing = np.zeros(0)
    for score in (rhythm.beat_f_measure, rhythm.beat_cemgil, rhythm.onset_f_measure):
        assert score(BEATS_S, nothing) == 0.0
        assert np.isnan(score(nothing, BEATS_S))


def test_identical_times_score_one() -> None:
    for score in (rhythm.beat_f_measure, rhythm.beat_cemgil, rhythm.onset_f_measure):
        assert score(BEATS_S, BEATS_S) == pytest.approx(1.0)


def test_beats_and_onsets_of_a_click_track_are_its_clicks() -> None:
    """An envelope whose frames are off by a hop shifts every onset."""
    found = rhythm.analyse_rhythm(click_track(120.0, 10 * RATE, RATE), RATE)
    clicks_s = np.arange(0, 10, 0.5)
    assert rhythm.onset_f_measure(clicks_s, found.onsets_s) > 0.9
    assert rhythm.beat_f_measure(clicks_s, found.beats_s) > 0.9
    assert found.tempo_bpm == pytest.approx(120, rel=0.01)


def test_silence_has_neither_beats_nor_onsets() -> None:
    found = rhythm.analyse_rhythm(np.zeros(10 * RATE, np.float32), RATE)
    assert len(found.beats_s) == len(found.onsets_s) == 0
    assert np.isnan(found.tempo_bpm)
    assert not found.bins["adjusted"].any() and len(found.bins["original"]) == 10
    assert found.silent_share == 1.0


def test_a_clip_is_analysed_in_a_sixth_of_a_second() -> None:
    wave = click_track(100.0, 10 * RATE, RATE)
    rhythm.analyse_rhythm(wave, RATE)
    times_s = []
    for _ in range(5):
        start = time.process_time()
        rhythm.analyse_rhythm(wave, RATE)
        times_s.append(time.process_time() - start)
    assert min(times_s) < 0.15
