"""Lift by hand, Cramer's V and chi squared against SciPy's, and looks that say nothing."""

import numpy as np
import pytest
import scipy.stats

from v2meow_pipeline.metrics import bias

# Rows neon and street, columns electronic, hip hop, rock.
COUNTS = np.array([[12, 3, 5], [4, 20, 16]])
LOOKS = ["neon"] * 20 + ["street"] * 40
GENRES = ["electronic"] * 12 + ["hip hop"] * 3 + ["rock"] * 5 + ["electronic"] * 4 + ["hip hop"] * 20 + ["rock"] * 16


def test_the_table_counts_pairs_whatever_their_order() -> None:
    """Rows and columns exchanged, or names that do not belong to them."""
    order = np.random.default_rng(0).permutation(60)
    table = bias.contingency([LOOKS[i] for i in order], [GENRES[i] for i in order])
    assert (table.looks, table.genres) == (("neon", "street"), ("electronic", "hip hop", "rock"))
    np.testing.assert_array_equal(table.counts, COUNTS)


def test_lift_is_beyond_the_genres_share() -> None:
    """P(look | genre) in place of P(genre | look), or a share that is not divided by the genre's."""
    found = bias.association(LOOKS, GENRES, 0)
    lift = found.lift["neon", "electronic"]
    assert lift.value == pytest.approx((12 / 20) / (16 / 60))
    assert found.lift["street", "rock"].value == pytest.approx((16 / 40) / (21 / 60))
    assert 1 < lift.low < lift.value < lift.high
    assert (lift.n, found.n) == (20, 60)


def test_results_repeat_with_the_seed() -> None:
    first, again, other = (bias.association(LOOKS, GENRES, seed) for seed in (3, 3, 4))
    assert first.lift == again.lift and first.p_value == again.p_value
    assert first.lift != other.lift
    assert first.scores("palette") == {
        "bias_cramers_v_palette": first.cramers_v,
        "bias_p_value_palette": pytest.approx(0.001),
    }


def test_cramers_v_is_bergsmas_and_its_chi_squared_scipys() -> None:
    n = COUNTS.sum()
    chi_squared = scipy.stats.chi2_contingency(COUNTS, correction=False).statistic
    phi = chi_squared / n - 2 / (n - 1)
    expected = np.sqrt(phi / (min(2 - 1 / (n - 1), 3 - 4 / (n - 1)) - 1))
    assert bias.cramers_v(COUNTS) == pytest.approx(expected)
    assert bias.cramers_v(COUNTS) == bias.cramers_v(COUNTS.T)
    assert bias.cramers_v(COUNTS) < scipy.stats.contingency.association(COUNTS, method="cramer")
    large = COUNTS * 10_000
    assert bias.cramers_v(large) == pytest.approx(scipy.stats.contingency.association(large, method="cramer"), abs=1e-4)


def test_looks_that_say_nothing_have_no_strength_and_those_that_decide_have_all() -> None:
    """Without correction, many categories and few clips look associated."""
    rng = np.random.default_rng(0)
    strengths = []
    for _ in range(50):
        looks, genres = (rng.choice(list("abcdefgh"), 60).tolist() for _ in range(2))
        strengths.append(bias.cramers_v(bias.contingency(looks, genres).counts))
    assert np.mean(strengths) < 0.08
    assert bias.cramers_v(np.diag([30, 30, 30])) == pytest.approx(1, abs=0.02)
    assert bias.cramers_v([[10, 20], [20, 40]]) == 0.0


def test_p_values_are_even_by_chance_and_small_for_what_goes_together() -> None:
    """A test that finds stereotypes in anything."""
    rng = np.random.default_rng(1)
    p_values = [
        bias.permutation_p_value(rng.choice(list("abc"), 30).tolist(), rng.choice(list("xyz"), 30).tolist(), 0)
        for _ in range(60)
    ]
    assert np.mean(np.array(p_values) <= 0.1) < 0.2
    assert 0.4 < np.mean(p_values) < 0.65
    assert bias.permutation_p_value(LOOKS, GENRES, 0) == pytest.approx(0.001)
    assert bias.permutation_p_value(["a", "b"] * 9, ["x", "x", "y", "y"] * 4 + ["x", "x"], 0) == 1.0


def test_a_single_look_tells_nothing() -> None:
    found = bias.association(["neon"] * 5, ["rock", "pop", "pop", "rock", "pop"], 0)
    assert np.isnan(found.cramers_v) and np.isnan(found.p_value)
    assert {interval.value for interval in found.lift.values()} == {1.0}


def test_a_look_of_one_clip_has_no_interval() -> None:
    """Resamples hold the one clip or none: its interval would have no width, and read as certainty."""
    found = bias.association(["neon", *["street"] * 20], ["rock", *["pop", "rock"] * 10], 0)
    assert np.isnan(found.lift["neon", "rock"].low) and found.lift["neon", "rock"].n == 1


@pytest.mark.parametrize(
    ("looks", "genres", "fault"),
    [
        ([], [], "no clip"),
        (["a"], ["x", "y"], "same clips"),
        (["a", ""], ["x", "y"], "no category"),
        (["a", "b"], ["x", float("nan")], "no category"),
    ],
)
def test_clips_without_categories_raise(looks: list[str], genres: list[str], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        bias.association(looks, genres, 0)


@pytest.mark.parametrize("counts", [[[1, 0], [2, 0]], [1, 2], [[1, -1], [1, 1]]])
def test_what_is_no_table_raises(counts: list[list[int]]) -> None:
    with pytest.raises(ValueError, match=r"counts|empty"):
        bias.cramers_v(counts)
