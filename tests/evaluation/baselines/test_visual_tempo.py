"""Tempo, beats and bars that the rules take from a picture."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2meow_pipeline.evaluation.baselines.metre import bars_from
from v2meow_pipeline.evaluation.baselines.visual_tempo import beats_of, pulse_bpm
from v2meow_pipeline.metrics.picture import Picture

HZ = 24.0


def thrown(bpm: float, seconds: float = 10.0, noise: float = 0.0) -> np.ndarray:
    """Movement that starts anew on each beat and dies away."""
    times_s = np.arange(round(seconds * HZ)) / HZ
    drawn = np.random.default_rng(0).random(len(times_s))
    return 0.3 * np.exp(-5 * ((times_s * bpm / 60) % 1)) + noise * drawn


@pytest.mark.parametrize("bpm", [72, 90, 108, 126, 140])
def test_the_tempo_is_that_of_the_movement(bpm: float) -> None:
    """Catches a lag of whole frames, which is 4 % off at 140 BPM, and a preference that outweighs the picture."""
    assert pulse_bpm(thrown(bpm), HZ) == pytest.approx(bpm, rel=0.03)
    assert pulse_bpm(thrown(bpm, noise=0.1), HZ) == pytest.approx(bpm, rel=0.03)


@pytest.mark.parametrize("motion", [np.zeros(240), np.full(240, 0.2), np.zeros(1), np.zeros(2)])
def test_what_does_not_move_has_no_tempo(motion: np.ndarray) -> None:
    """Catches a division by nothing, and a tempo that is made up."""
    assert np.isnan(pulse_bpm(motion, HZ))


def test_without_cuts_beats_fall_on_the_rises_of_movement() -> None:
    """Catches a grid that begins with the file."""
    late = np.roll(thrown(100), round(0.25 * HZ))
    beats = beats_of(Picture(np.zeros(0), np.zeros(0), late, HZ, 10.0), 100.0)
    distances = [(beat.start_s - 0.25) % 0.6 for beat in beats[1:]]
    assert np.minimum(distances, np.subtract(0.6, distances)).max() < 0.06


@given(
    cuts=st.lists(st.floats(0, 9.99), min_size=1, max_size=8).map(sorted),
    beat_s=st.floats(0.3, 1.0),
    duration_s=st.just(10.0),
)
def test_beats_tile_the_clip_and_bars_fall_on_cuts(cuts: list[float], beat_s: float, duration_s: float) -> None:
    """Catches overlapping beats, holes, and a cut that is passed over although there is room for a bar before it."""
    beats = bars_from(cuts, beat_s, duration_s)
    assert beats[0].start_s == pytest.approx(0, abs=0.05) and beats[-1].start_s < duration_s
    for before, after in pairwise(beats):
        assert before.length_s > 0 and before.start_s + before.length_s == pytest.approx(after.start_s)
        assert after.bar == before.bar + (after.number == 0)
    assert beats[-1].start_s + beats[-1].length_s == pytest.approx(duration_s)
    downbeats = [beat.start_s for beat in beats if beat.number == 0]
    last = -np.inf
    for cut in cuts:
        if cut - last >= 2 * beat_s or cut == cuts[0]:
            assert min(abs(cut - downbeat) for downbeat in downbeats) < 1e-6
            last = cut
