"""Cosines with the reference: where windows lie, and how they are averaged."""

import numpy as np
import pytest

from v2meow_pipeline.metrics import consistency

RATE = 100


@pytest.mark.parametrize(
    ("seconds", "starts_s"), [(10, [0]), (4, [0]), (20, [0, 10]), (25, [0, 10, 15]), (30, [0, 10, 20])]
)
def test_windows_lie_at_fixed_positions_and_reach_the_end(seconds: int, starts_s: list[int]) -> None:
    """A random crop, a padded last window, or an end that nobody hears."""
    wave = np.arange(seconds * RATE, dtype=np.float32)
    found = consistency.windows(wave, RATE)
    assert [window[0] / RATE for window in found] == starts_s
    assert {len(window) for window in found} == {min(10, seconds) * RATE}
    assert found[-1][-1] == wave[-1]


def test_each_window_counts_alike_whatever_its_length() -> None:
    """A mean of raw vectors: the window with the longest one decides."""
    raw = np.array([[100.0, 0.0], [0.0, 1.0]])
    assert consistency.mean_direction(raw) == pytest.approx([np.sqrt(0.5)] * 2)


def test_consistency_is_the_cosine() -> None:
    assert consistency.cycle_consistency([1, 0], [[3, 0]]) == 1.0
    assert consistency.cycle_consistency([1, 0], [-5, 0]) == -1.0
    assert consistency.cycle_consistency([[1, 0], [0, 1]], [0, 2]) == pytest.approx(np.sqrt(0.5))
    assert consistency.cycle_consistency([2, 1], [-1, 2]) == pytest.approx(0)


def test_order_of_windows_and_scale_say_nothing() -> None:
    rng = np.random.default_rng(0)
    clip, reference = rng.normal(size=(3, 16)), rng.normal(size=16)
    score = consistency.cycle_consistency(clip, reference)
    assert consistency.cycle_consistency(7 * clip[::-1], reference / 9) == pytest.approx(score)


def test_sound_and_text_have_keys_of_their_own() -> None:
    """Two quantities under one name."""
    scores = consistency.consistency_scores([1, 0], "head-3f2a", reference_audio=[1, 0], reference_text=[0, 1])
    assert scores == {"mcc_audio_head-3f2a": 1.0, "mcc_text_head-3f2a": 0.0}
    assert list(consistency.consistency_scores([1, 0], "head", reference_text=[0, 1], conditioner=True)) == [
        "mcc_text_head_conditioner"
    ]
    with pytest.raises(ValueError, match="no reference"):
        consistency.consistency_scores([1, 0], "head")


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        ([0.0, 0.0], "length 0"),
        ([[1.0, 0.0], [-1.0, 0.0]], "length 0"),
        ([np.nan, 1.0], "finite"),
        (np.zeros((0, 2)), "shape"),
        (np.ones((1, 1, 2)), "shape"),
        ([1.0, 0.0, 0.0], "width"),
    ],
)
def test_embeddings_that_have_no_direction_raise(bad: object, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        consistency.cycle_consistency(bad, [1.0, 0.0])
    with pytest.raises(ValueError, match=fault):
        consistency.cycle_consistency([1.0, 0.0], bad)


def test_a_window_shorter_than_a_sample_raises() -> None:
    with pytest.raises(ValueError, match="no sample"):
        consistency.windows(np.ones(10), RATE, window_s=0.001)
