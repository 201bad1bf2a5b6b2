"""When pictures move, cut and flash."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2meow_pipeline.synthetic.plan import SyntheticConfig, Timing, plan_clip
from v2meow_pipeline.synthetic.scenes.beat_signals import cut_times, follow, picture_grid

FPS = 25


def steady(tempo_bpm: float, duration_s: float = 10.0) -> Timing:
    beats_s = np.arange(0.2, duration_s, 60 / tempo_bpm)
    return Timing(beats_s, beats_s[::4], beats_s, duration_s)


def test_on_beat_pictures_follow_the_music_itself(make_plan):
    """Catches a grid rebuilt from the tempo, which drifts from the notes."""
    timing = steady(100.0)
    grid = picture_grid(make_plan(), timing)
    assert np.array_equal(grid.beats_s, timing.beats_s)
    assert np.array_equal(grid.downbeats_s, timing.downbeats_s)


@pytest.mark.parametrize("seed", range(8))
def test_off_beat_pictures_have_a_tempo_of_their_own(make_plan, seed):
    """Double, half or the same tempo would still give the music's away."""
    timing = steady(100.0)
    grid = picture_grid(make_plan(visual_sync="off_beat", look_seed=seed), timing)
    ratio = 0.6 / float(np.median(np.diff(grid.beats_s)))
    assert min(abs(ratio - simple) for simple in (0.5, 2 / 3, 1.0, 1.5, 2.0)) > 0.04


def test_pulse_free_pictures_move_evenly_without_cuts_or_flashes(make_plan):
    """A cut or a flash on the bar would carry the beat into clips that must not have it."""
    pulse = follow(make_plan(visual_sync="pulse_free", energy=0.95), steady(100.0), FPS)
    assert not pulse.shot.any()
    assert max(now.kick + now.accent + now.flash for now in pulse.moments) == 0
    assert np.ptp(np.diff([now.travel for now in pulse.moments])) < 1e-9


def test_without_beats_there_is_no_pulse(make_plan):
    """Catches an index into an empty array, for music too short or too free to have beats."""
    none = np.zeros(0)
    pulse = follow(make_plan(), Timing(none, none, none, 2.0), FPS)
    assert len(pulse.moments) == 50
    assert all(np.isfinite(now).all() for now in map(np.array, pulse.moments))


def test_the_punch_starts_in_the_first_frame_at_or_after_its_beat(make_plan):
    """Catches pictures that run a frame ahead of the sound, and the rounding of k / fps at a beat on a frame."""
    beats_s = np.array([0.4, 1.0, 1.61])
    pulse = follow(make_plan(), Timing(beats_s, beats_s[:1], beats_s, 2.0), FPS)
    kick = np.array([now.kick for now in pulse.moments])
    assert (np.flatnonzero(np.diff(kick) > 0) + 1).tolist() == [10, 25, 41]


def test_energy_cuts_more_often_and_only_on_bars(make_plan):
    """Catches cuts off the bar line, and a cut rate that ignores energy."""
    timing = steady(120.0, 20.0)
    counts = []
    for energy in (0.1, 0.5, 0.9):
        plan = make_plan(energy=energy)
        cuts = cut_times(picture_grid(plan, timing), plan)
        assert set(cuts) <= set(timing.downbeats_s.tolist())
        counts.append(len(cuts))
    assert counts[0] < counts[1] < counts[2]


@given(tempo_bpm=st.floats(40, 320), energy=st.floats(0.0, 1.0))
def test_flashes_are_rare_enough_and_signals_stay_in_range(tempo_bpm, energy):
    """More than three flashes a second are dangerous to people with photosensitive epilepsy."""
    pulse = follow(_plan(energy), steady(tempo_bpm), FPS)
    flash = np.array([now.flash for now in pulse.moments])
    starts = np.flatnonzero(np.diff(flash, prepend=0.0) > 0.05) / FPS
    assert all(np.sum((starts >= start) & (starts < start + 0.999)) <= 3 for start in starts)
    for now in pulse.moments:
        assert 0 <= now.kick <= 1 and 0 <= now.accent <= 1 and 0 <= now.flash <= 1 and -1 <= now.sway <= 1
    assert np.all(np.diff([now.travel for now in pulse.moments]) > 0)


def _plan(energy: float):
    fixed = {"energy": ((0.0, energy),), "visual_sync": "on_beat"}
    return plan_clip(SyntheticConfig(), "train", 0).model_copy(update=fixed)
