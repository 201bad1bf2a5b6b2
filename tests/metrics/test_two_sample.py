"""The classifier two-sample test."""

import numpy as np
import pytest

from v2meow_pipeline.metrics.two_sample import (
    TwoSampleConfig,
    assign_folds,
    compare,
    two_sample_auc,
    two_sample_floor,
)

QUICK = TwoSampleConfig(repeats=1)


def clips(n: int, seed: int, shift: float = 0.0, spread: float = 1.0, d: int = 8) -> list[np.ndarray]:
    """Frames that lie about a centre of their clip, as those of music do."""
    rng = np.random.default_rng(seed)
    return [spread * rng.normal(size=(6, d)) + rng.normal(size=d) + shift for _ in range(n)]


def test_one_distribution_gives_a_half_and_a_shifted_one_is_told_apart() -> None:
    """Catches a classifier that is tested on what it was trained on, and an AUC that is turned round."""
    same = [two_sample_auc(clips(20, s), clips(20, 100 + s), range(20), s, QUICK, 10).value for s in range(30)]
    assert np.mean(same) == pytest.approx(0.5, abs=3 * np.std(same) / np.sqrt(30))
    assert np.std(same) < 0.15
    far = two_sample_auc(clips(20, 0), clips(20, 1, shift=3.0), range(20), 0, QUICK)
    assert far.value > 0.95 and far.n == 20 and far.low <= far.value <= far.high


def test_another_spread_is_told_apart() -> None:
    """Catches a test that a generator without variety passes, as a linear classifier would let it."""
    found = two_sample_auc(clips(30, 0), clips(30, 1, spread=0.2), range(30), 0, QUICK)
    assert found.low > 0.55


def test_what_only_names_the_clip_is_of_no_use() -> None:
    """Catches frames of one clip in training and test: each clip lies far from all others, so a leak shows at once."""
    rng = np.random.default_rng(0)
    centres = 50 * rng.normal(size=(12, 40))
    real, made = ([c + rng.normal(size=(6, 40)) for c in centres] for _ in range(2))
    assert two_sample_auc(real, made, range(12), 0).value == pytest.approx(0.5, abs=0.1)


def test_groups_never_straddle_folds_and_folds_are_even() -> None:
    """Catches two clips of one video on both sides, and a fold that is empty."""
    groups = [0, 0, 0, 1, 1, 2, 3, 4, 5, 6]
    folds = assign_folds(groups, 4, seed=3)
    assert all(len(set(folds[np.array(groups) == group])) == 1 for group in set(groups))
    assert set(folds) == {0, 1, 2, 3}
    assert np.bincount(assign_folds(range(20), 5, seed=1)).tolist() == [4] * 5
    assert set(assign_folds([0, 0, 1], 5, seed=0)) == {0, 1}
    with pytest.raises(ValueError, match="cannot be divided"):
        assign_folds([7, 7], 2, seed=0)


def test_only_clips_of_one_fold_are_compared() -> None:
    """Catches scores of different classifiers on one scale."""
    folds = np.array([0, 1, 0, 1])
    found = compare(clips(4, 0), clips(4, 1), folds, folds, 0.1)
    np.testing.assert_array_equal(found.counts, folds[:, None] == folds[None, :])
    assert (found.wins[found.counts == 0] == 0).all()


def test_numbers_repeat_with_the_seed_and_follow_it() -> None:
    """Catches a draw without a seed, and a seed that is read and ignored."""
    sets = (clips(10, 0), clips(10, 1, shift=0.5), range(10))
    first, again, other = (two_sample_auc(*sets, seed=seed) for seed in (4, 4, 5))
    assert first == again != other
    assert two_sample_floor(sets[0], sets[2], seed=4) == two_sample_floor(sets[0], sets[2], seed=4)


def test_the_floor_is_about_a_half_and_bears_uneven_groups() -> None:
    """Catches halves that share a video, and one large video that leaves a half without folds."""
    floor = two_sample_floor(clips(40, 0), range(40), 0)
    assert floor.low < 0.5 < floor.high and floor.n == 20
    uneven = [0] * 10 + [1, 2, 3]
    assert 0 <= two_sample_floor(clips(13, 0), uneven, 0).value <= 1


def test_what_cannot_be_tested_is_refused() -> None:
    """Catches sets that do not belong together, and NaN that becomes a score."""
    with pytest.raises(ValueError, match="3 real clips, 2 generated"):
        two_sample_auc(clips(3, 0), clips(2, 0), range(3), 0)
    broken = clips(3, 0)
    broken[1][0, 0] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        two_sample_auc(clips(3, 1), broken, range(3), 0)
