"""Event curves: the same meaning for music and video, and random only where training asks for it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.audio_events import (
    GROUPS,
    OnsetStrength,
    augment_video_curve,
    onset_strength,
    sample_audio_curve,
    strongest_onsets,
)
from v2meow_pipeline.encoders.event_curves import energy, event_curve, event_times, with_dynamics
from v2meow_pipeline.encoders.video_events import VideoEvents
from v2meow_pipeline.media.decode import SampledFrames

CLOCK = Clock()
RATE = 16_000


def clicks(times_s: list[float], duration_s: float = 10.0) -> np.ndarray:
    """Short bursts of noise in silence."""
    rng = np.random.default_rng(0)
    wave = np.zeros(round(duration_s * RATE), np.float32)
    for time_s in times_s:
        start = round(time_s * RATE)
        wave[start : start + 800] = (
            rng.normal(0, 0.3, len(wave[start : start + 800])) * np.linspace(1, 0, 800)[: len(wave) - start]
        )
    return wave


@given(st.lists(st.integers(0, 82), unique=True, max_size=20))
def test_times_survive_the_curve(thirds: list[int]) -> None:
    """An event a frame late would move every beat by 40 ms. Events three frames apart or more stay apart."""
    times_s = np.sort(np.array(thirds, dtype=np.float64)) * 3 / CLOCK.event_hz
    curve = event_curve(times_s, np.arange(10.0), CLOCK, 10.0)
    assert curve.shape == (250, 2)
    np.testing.assert_allclose(event_times(curve, CLOCK), times_s, atol=1e-9)


def test_events_outside_the_clip_are_left_out() -> None:
    curve = event_curve(np.array([-0.5, 3.0, 10.0, 12.0]), np.ones(5), CLOCK, 10.0)
    assert event_times(curve, CLOCK).tolist() == [3.0]


@given(st.floats(0.1, 100), st.floats(-5, 5))
def test_energy_does_not_depend_on_the_unit(gain: float, offset: float) -> None:
    """Loudness in decibels and speed in widths a second must give the same curve."""
    activity = np.sin(np.linspace(0, 7, 240)) + 2
    np.testing.assert_allclose(energy(activity, 250, 10.0), energy(activity * gain + offset, 250, 10.0), atol=0.02)


def test_energy_spans_its_range_and_is_flat_where_nothing_varies() -> None:
    lively = energy(np.linspace(0, 1, 500), 250, 10.0)
    assert (lively[0], lively[-1]) == (-0.5, 0.5)
    assert not energy(np.full(500, 3.0), 250, 10.0).any()


def test_onsets_of_music_lie_where_they_sound() -> None:
    """A spectrum reaches ahead of its frame: uncorrected, every accent would be early."""
    times_s = [1.0, 2.52, 4.04, 7.3]
    found = np.sort(strongest_onsets(onset_strength(clicks(times_s), RATE).rises, 1.0))
    for time_s in times_s:
        assert np.abs(found - time_s).min() <= 0.025


def test_movement_that_jumps_gives_an_event_there() -> None:
    """A square that jumps every second: peaks of movement at the jumps, energy in rank order."""
    images = np.zeros((240, 112, 112), np.uint8)
    for frame in range(240):
        left = 10 + 30 * (frame // 24 % 2)
        images[frame, 40:70, left : left + 30] = 255
    curve = VideoEvents(CLOCK).encode(SampledFrames(images, np.arange(240) / 24), 250)
    times_s = event_times(curve, CLOCK)
    assert len(times_s) >= 8
    assert max(np.abs(times_s - round(t)).min() for t in times_s) <= 0.05


def test_a_drawn_curve_is_a_function_of_its_seed() -> None:
    strength = onset_strength(clicks([k * 0.5 for k in range(19)]), RATE)
    draw = [sample_audio_curve(strength, CLOCK, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert np.array_equal(draw[0], draw[1]) and not np.array_equal(draw[0], draw[2])
    assert draw[0].shape == (250, 2) and np.abs(draw[0]).max() <= 1


def test_drawn_accents_are_some_of_the_onsets() -> None:
    """Curves of random onsets would teach a model to ignore them."""
    times_s = np.arange(1, 19) * 0.5
    strength = onset_strength(clicks(times_s.tolist()), RATE)
    for seed in range(20):
        drawn = event_times(sample_audio_curve(strength, CLOCK, np.random.default_rng(seed)), CLOCK)
        assert all(np.abs(times_s - time_s).min() < 0.1 for time_s in drawn)


def test_any_range_of_bands_can_be_drawn() -> None:
    """An empty range has no mean."""
    silent = OnsetStrength(np.zeros((500, GROUPS), np.float16), np.zeros(500, np.float16))
    for seed in range(50):
        assert np.isfinite(sample_audio_curve(silent, CLOCK, np.random.default_rng(seed))).all()


def test_redrawing_keeps_energy_and_nearly_all_accents() -> None:
    curve = event_curve(np.arange(1, 10) * 1.0, np.sin(np.arange(240.0)), CLOCK, 10.0)
    kept = [len(event_times(augment_video_curve(curve, CLOCK, np.random.default_rng(s)), CLOCK)) for s in range(40)]
    assert 0.8 < np.mean(kept) / 9 < 0.97
    assert np.array_equal(augment_video_curve(curve, CLOCK, np.random.default_rng(0))[:, 1], curve[:, 1])


@pytest.mark.parametrize("duration_s", [1.0, 3.2, 10.0])
def test_lengths_are_the_clocks(duration_s: float) -> None:
    curve = event_curve(np.array([0.5]), np.arange(7.0), CLOCK, duration_s)
    assert curve.shape == (CLOCK.event_frames(duration_s), 2)


def test_less_dynamics_keep_accents_and_the_order_of_energy() -> None:
    """Catches a scene that stands still and is answered by silence, and accents that fade with the energy."""
    curve = event_curve(np.array([1.0, 2.52]), np.linspace(0, 1, 1000), CLOCK, 10.0)
    flat, half = with_dynamics(curve[None], 0.0)[0], with_dynamics(curve[None], 0.5)[0]
    assert np.array_equal(half[:, 0], curve[:, 0]) and event_times(half, CLOCK).tolist() == [1.0, 2.52]
    assert np.all(np.diff(half[:, 1]) > 0) and half[:, 1].min() == pytest.approx(-0.25) and not flat[:, 1].any()
    assert np.array_equal(with_dynamics(curve, 1.0), curve)
