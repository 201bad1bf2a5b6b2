import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2meow_pipeline.metrics import controls


@given(st.integers(2, 40), st.integers(0, 10_000))
def test_shuffle_never_gives_a_clip_its_own_audio(n: int, seed: int) -> None:
    """A plain permutation leaves one clip in its place on average, which lifts the floor."""
    order = controls.derangement(n, seed)
    assert sorted(order.tolist()) == list(range(n))
    assert not (order == np.arange(n)).any()


def test_shuffle_keeps_clips_of_one_source_apart() -> None:
    """Another ten seconds of the same song is not a random clip."""
    groups = ["a", "a", "a", "b", "b", "c", "d", "e"]
    for seed in range(50):
        order = controls.derangement(8, seed, groups)
        assert all(groups[mine] != groups[other] for mine, other in enumerate(order))


def test_shuffle_depends_on_the_seed() -> None:
    assert (controls.derangement(30, 1) == controls.derangement(30, 1)).all()
    assert (controls.derangement(30, 1) != controls.derangement(30, 2)).any()


def test_shuffle_of_one_clip_raises() -> None:
    with pytest.raises(ValueError, match="derangement"):
        controls.derangement(1, 0)
    with pytest.raises(ValueError, match="derangement"):
        controls.derangement(3, 0, ["a", "a", "b"])


def test_click_track_clicks_on_every_beat() -> None:
    wave = controls.click_track(120.0, 32_000, 16_000)
    assert wave.shape == (32_000,) and wave.dtype == np.float32
    starts = np.array([0, 8_000, 16_000, 24_000])
    assert all(np.abs(wave[start : start + 400]).max() > 0.3 for start in starts)
    assert all(np.abs(wave[start - 2000 : start]).max() < 1e-3 for start in starts[1:])
    assert np.abs(wave).max() <= 1.0


def test_a_click_track_does_not_drift() -> None:
    """A beat rounded to samples and added up drifts at tempi that don't divide the rate."""
    wave = controls.click_track(97.3, 160_000, 16_000)
    last = int(10.0 * 97.3 / 60)
    start = round(last * 60 / 97.3 * 16_000)
    assert np.abs(wave[start : start + 100]).max() > 0.1 and np.abs(wave[start - 1000 : start - 1]).max() < 1e-3


@pytest.mark.parametrize("tempo", [0.0, -1.0, np.nan])
def test_a_tempo_that_is_none_raises(tempo: float) -> None:
    with pytest.raises(ValueError, match="tempo"):
        controls.click_track(tempo, 1600, 16_000)
