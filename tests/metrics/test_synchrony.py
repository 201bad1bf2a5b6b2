"""Shares of cuts with a beat nearby, and what chance gives, checked by drawing."""

import numpy as np
import pytest

from v2meow_pipeline.metrics import synchrony

DURATION_S = 10.0


def drawn_chance(events_s: np.ndarray, beats_s: np.ndarray, window_s: float) -> float:
    shifts = (np.arange(20_000) + 0.5) / 20_000 * DURATION_S
    moved = (beats_s + shifts[:, None]) % DURATION_S
    return float(np.mean([synchrony.matched_share(events_s, beats, window_s) for beats in moved]))


@pytest.mark.parametrize("window_s", [0.5, 0.1])
@pytest.mark.parametrize(
    ("events_s", "beats_s"),
    [
        ([5.0], [1.0]),
        ([0.05, 9.9], [1.0, 1.3, 4.0]),
        ([0.0, 3.0, 10.0], np.arange(0.2, 10, 0.7)),
        ([2.5, 7.5], np.sort(np.random.default_rng(0).uniform(0, 10, 12))),
    ],
)
def test_chance_is_the_mean_over_random_phases(events_s: list[float], beats_s: list[float], window_s: float) -> None:
    """Windows of neighbouring beats counted twice, or windows that reach beyond the clip's ends."""
    exact = synchrony.chance_share(events_s, beats_s, window_s, DURATION_S)
    assert exact == pytest.approx(drawn_chance(np.array(events_s), np.array(beats_s), window_s), abs=2e-3)


def test_a_metronome_at_120_is_near_every_cut_and_has_no_lift() -> None:
    """The share alone: any fast music seems to be edited to the picture."""
    cuts, beats = np.array([1.13, 4.71, 8.02]), np.arange(0, 10, 0.5)
    assert synchrony.alignment(cuts, beats, 0.5, DURATION_S) == pytest.approx((1, 1, 0, 3))
    assert synchrony.alignment(cuts, beats, 0.1, DURATION_S).chance == pytest.approx(0.4)


def test_beats_on_the_cuts_have_lift_and_beats_between_them_a_negative_one() -> None:
    cuts = np.array([2.0, 5.0, 8.0])
    on, off = (synchrony.alignment(cuts, cuts + shift, 0.1, DURATION_S) for shift in (0.05, 1.0))
    assert (on.share, on.chance, on.lift) == pytest.approx((1, 0.06, 0.94))
    assert (off.share, off.lift) == pytest.approx((0, -0.06))


def test_the_edge_of_the_window_is_inside() -> None:
    """A distance of 0.1 s is not 0.1 in floating point."""
    assert synchrony.matched_share([0.4], [0.3], 0.1) == 1.0
    assert synchrony.matched_share([0.3, 1.0], [0.1999], 0.1) == 0.0


def test_order_of_times_says_nothing() -> None:
    rng = np.random.default_rng(1)
    cuts, beats = rng.uniform(0, 10, 5), np.sort(rng.uniform(0, 10, 15))
    first = synchrony.alignment(cuts, beats, 0.1, DURATION_S)
    assert synchrony.alignment(cuts[::-1], rng.permutation(beats), 0.1, DURATION_S) == pytest.approx(first)


def test_no_cuts_have_no_score_and_no_beats_score_zero() -> None:
    """One for a clip without cuts, or NaN for silent music: both flatter who has no beats."""
    assert all(np.isnan(score) for score in synchrony.synchrony_scores([], [1.0], DURATION_S, "cuts").values())
    assert set(synchrony.synchrony_scores([1.0], [], DURATION_S, "cuts").values()) == {0.0}


def test_keys_name_event_and_window() -> None:
    assert list(synchrony.synchrony_scores([1.0], [1.0], DURATION_S, "peaks")) == [
        f"sync_{name}_peaks_{window}ms" for window in (500, 100) for name in ("share", "chance", "lift")
    ]


@pytest.mark.parametrize(
    ("events_s", "beats_s", "window_s", "duration_s", "fault"),
    [
        ([11.0], [1.0], 0.5, 10.0, "within"),
        ([1.0], [-0.1], 0.5, 10.0, "within"),
        ([np.nan], [1.0], 0.5, 10.0, "within"),
        ([1.0], [1.0], 0.0, 10.0, "no sense"),
        ([1.0], [1.0], 0.5, np.nan, "no sense"),
    ],
)
def test_times_outside_the_clip_raise(
    events_s: list[float], beats_s: list[float], window_s: float, duration_s: float, fault: str
) -> None:
    with pytest.raises(ValueError, match=fault):
        synchrony.alignment(events_s, beats_s, window_s, duration_s)
