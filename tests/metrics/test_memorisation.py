"""Copies are found, whole, in part, shifted and noisy; chance similarity is told from them by the control."""

import time

import numpy as np
import pytest

from v2meow_pipeline.metrics import memorisation

VOCABULARY, LENGTH = 1024, 250


def clips(n: int, seed: int, length: int = LENGTH) -> list[np.ndarray]:
    """Tokens that are drawn from a skewed distribution and held for a while, as those of music are."""
    rng = np.random.default_rng(seed)
    weights = 1 / np.arange(1, VOCABULARY + 1)
    drawn = rng.choice(VOCABULARY, size=(n, length), p=weights / weights.sum())
    return [np.repeat(row, rng.integers(1, 4, length))[:length] for row in drawn]


def test_a_copy_of_a_training_clip_is_one_in_every_way() -> None:
    training = clips(20, 0)
    found = memorisation.nearest_copies([training[7].copy()], training)[0]
    assert found.similarities() == pytest.approx({"run": 1, "histogram": 1, "shift": 1})
    assert (found.run.other, found.histogram.clip, found.shift.clip, found.shift.shift) == (7, 7, 7, 0)


def test_a_copy_in_another_order_is_seen_by_its_histogram_only() -> None:
    """A histogram of one clip compared with itself, or a run that ignores order."""
    training = clips(20, 0)
    shuffled = np.random.default_rng(1).permutation(training[4])
    found = memorisation.nearest_copies([shuffled], training)[0]
    assert (found.histogram.clip, found.histogram.similarity) == (4, pytest.approx(1))
    assert found.similarities()["run"] < 0.05 and found.shift.similarity < 0.3


@pytest.mark.parametrize("later", [-60, 0, 45])
def test_a_noisy_copy_at_another_time_is_seen_by_its_shift(later: int) -> None:
    """Shifts searched one way only, or a share of the whole clip where a part overlaps."""
    rng = np.random.default_rng(2)
    training = clips(20, 0)
    copy = np.roll(training[11], -later)
    copy[rng.random(LENGTH) < 0.2] = 2000
    found = memorisation.nearest_by_shift([copy], training)[0]
    assert (found.clip, found.shift) == (11, later)
    assert found.similarity == pytest.approx(0.8, abs=0.08)
    assert memorisation.nearest_copies([copy], training)[0].similarities()["run"] < 0.3


def test_equal_tokens_at_the_ends_are_no_likeness() -> None:
    """A shift at which a single token overlaps, and is equal: every clip would be a copy."""
    ours, other = np.arange(100), np.arange(1000, 1100)
    other[0] = 99
    assert memorisation.nearest_by_shift([ours], [other])[0].similarity == 0.0


def test_clips_of_other_lengths_are_compared() -> None:
    """A 3 s crop in a 10 s clip, either way round."""
    whole = clips(1, 3)[0]
    for ours, theirs, shift in ((whole[100:180], whole, 100), (whole, whole[100:180], -100)):
        found = memorisation.nearest_by_shift([ours], [theirs])[0]
        assert found == (0, 1.0, shift)


def test_histogram_overlap_by_hand() -> None:
    found = memorisation.nearest_by_histogram([np.array([0, 0, 1, 2])], [np.array([0, 1, 3, 3]), np.array([5])])
    assert found == [(0, pytest.approx(0.5), 0)]


def test_a_generator_that_copies_stands_beyond_the_control_and_one_that_does_not_stands_within() -> None:
    """Likeness without a control: any two pieces of music share something."""
    training = clips(60, 4)
    held_out = memorisation.nearest_copies(clips(20, 5), training)
    copies = memorisation.memorisation_scores([training[i] for i in range(12)], training, held_out, "semantic", 0)
    assert list(copies) == [f"memorisation_{name}_semantic" for name in ("run", "histogram", "shift")]
    assert all((score.beyond, score.generated.value) == (1.0, pytest.approx(1)) for score in copies.values())
    fresh = memorisation.memorisation_scores(clips(60, 6), training, held_out, "semantic", 0)
    for score in fresh.values():
        assert score.beyond_by_chance == pytest.approx(1 / 21)
        assert score.beyond < 0.25
        assert score.held_out.low <= score.generated.value <= score.held_out.high + 0.05
    assert fresh == memorisation.memorisation_scores(clips(60, 6), training, held_out, "semantic", 0)


def test_24_clips_against_200_take_seconds() -> None:
    training, generated = clips(200, 7, 500), clips(24, 8, 500)
    start = time.process_time()
    assert len(memorisation.nearest_copies(generated, training)) == 24
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("generated", "held_out", "fault"),
    [
        ([], clips(2, 0), "no sequence"),
        (clips(2, 0), [], "no sequence"),
        ([np.full(LENGTH, np.nan)], clips(2, 0), "integers"),
        ([np.full(LENGTH, -1)], clips(2, 0), "from 0"),
        (clips(2, 0, 100), clips(2, 0), "one length"),
    ],
)
def test_what_cannot_be_looked_up_raises(generated: list[np.ndarray], held_out: list[np.ndarray], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        control = memorisation.nearest_copies(held_out, clips(3, 1))
        memorisation.memorisation_scores(generated, clips(3, 1), control, "semantic", 0)
