"""Windows over long videos."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.composer.windows import cover

CLOCK = Clock()


@given(st.floats(0.04, 3600), st.floats(0, 0.9))
def test_every_instant_is_covered_and_no_window_is_needless(duration_s: float, overlap: float) -> None:
    """Catches a last window that is forgotten, or one that starts after the video has ended."""
    windows = cover(duration_s, CLOCK, overlap)
    assert windows[0].start_s == 0
    assert windows[-1].start_s + CLOCK.clip_s >= duration_s - 1e-4
    assert len(windows) == 1 or windows[-2].start_s + CLOCK.clip_s < duration_s
    for before, after in itertools.pairwise(windows):
        assert after.start_s + after.known_s == pytest.approx(before.start_s + CLOCK.clip_s)


def test_a_clip_of_exactly_one_window_takes_one() -> None:
    """Catches an off-by-one that doubles the work for the commonest length."""
    assert len(cover(10.0, CLOCK, 0.5)) == 1
    assert len(cover(15.0, CLOCK, 0.5)) == 2


def test_starts_lie_on_visual_frames() -> None:
    """Catches windows whose frames would differ from those of a clip that starts there."""
    assert all(window.start_s % 1 == 0 for window in cover(63.2, CLOCK, 0.37))
