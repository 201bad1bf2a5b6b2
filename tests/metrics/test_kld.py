"""Divergences of tags against SciPy's, and tags that say nothing."""

import numpy as np
import pytest
from scipy.special import expit, rel_entr, softmax
from scipy.stats import entropy

from v2meow_pipeline.metrics import kld


def logits(seed: int, classes: int = 50) -> np.ndarray:
    return np.random.default_rng(seed).normal(scale=2, size=classes)


@pytest.mark.parametrize("seed", range(3))
def test_softmax_form_equals_scipys_entropy_in_the_published_direction(seed: int) -> None:
    """KL(generated || reference), or another base of the logarithm."""
    reference, generated = logits(seed), logits(seed + 10)
    assert kld.softmax_kl(reference, generated) == pytest.approx(
        entropy(softmax(reference), softmax(generated)), rel=1e-3
    )
    assert kld.softmax_kl(generated, reference) == pytest.approx(
        entropy(softmax(generated), softmax(reference)), rel=1e-3
    )


def test_renormalised_form_equals_scipys_relative_entropy_and_is_not_the_softmax_form() -> None:
    """Probabilities of a multi-label classifier taken for a softmax: another number under the same name."""
    x, y = logits(0), logits(1)
    p, q = expit(x), expit(y)
    expected = rel_entr(p / p.sum(), q / q.sum()).sum()
    assert kld.renormalised_kl(p, q) == pytest.approx(expected, rel=1e-6)
    assert kld.renormalised_kl(p, q / 3) == pytest.approx(expected, rel=1e-6)
    assert kld.softmax_kl(x, y) != pytest.approx(expected, rel=0.1)


def test_bernoulli_form_sums_both_outcomes_of_each_class() -> None:
    """The half of the sum that says which tags are absent left out: it may then be negative."""
    p, q = expit(logits(2)), expit(logits(3))
    expected = sum(entropy([a, 1 - a], [b, 1 - b]) for a, b in zip(p, q, strict=True))
    assert kld.bernoulli_kl(p, q) == pytest.approx(expected, rel=1e-9)
    assert kld.bernoulli_kl([0.5], [0.25]) == pytest.approx(0.5 * np.log(2) + 0.5 * np.log(2 / 3))


def test_identical_tags_are_zero_and_shifted_logits_are_identical() -> None:
    x = logits(4)
    for form, values in ((kld.softmax_kl, x), (kld.renormalised_kl, expit(x)), (kld.bernoulli_kl, expit(x))):
        assert form(values, values) == 0.0
    assert kld.softmax_kl(x, x + 500) == pytest.approx(0, abs=1e-9)


def test_a_class_of_probability_zero_costs_a_finite_and_documented_amount() -> None:
    """Infinity for one clip makes the mean of a set infinite."""
    limit = -np.log(kld.EPSILON)
    assert kld.renormalised_kl([1, 0], [0, 1]) == pytest.approx(limit, rel=1e-4)
    assert kld.bernoulli_kl([1.0], [0.0]) == pytest.approx(limit, rel=1e-4)
    assert kld.softmax_kl([0, 1000], [1000, 0]) == pytest.approx(limit, rel=1e-4)


def test_a_clip_is_the_mean_of_its_frames() -> None:
    assert kld.clip_probabilities([[0.2, 0.4], [0.4, 0.8]]) == pytest.approx([0.3, 0.6])
    with pytest.raises(ValueError, match="at least one frame"):
        kld.clip_probabilities(np.zeros((0, 5)))
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        kld.clip_probabilities([[0.2, -0.1], [0.2, 0.3]])


def test_keys_name_the_classifier_and_the_form() -> None:
    scores = kld.tag_divergences([0.5, 0.1], [0.25, 0.1], "musicnn")
    assert scores == {
        "kld_renormalised_musicnn": kld.renormalised_kl([0.5, 0.1], [0.25, 0.1]),
        "kld_bernoulli_musicnn": kld.bernoulli_kl([0.5, 0.1], [0.25, 0.1]),
    }


@pytest.mark.parametrize("form", [kld.softmax_kl, kld.renormalised_kl, kld.bernoulli_kl])
@pytest.mark.parametrize(
    ("bad", "fault"),
    [([], "shape"), ([np.nan, 0.5], "finite"), ([[0.1, 0.2]], "shape"), ([0.1, 0.2, 0.3], "2 and 3|3 and 2")],
)
def test_tags_that_have_no_divergence_raise(form: object, bad: list[float], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        form([0.5, 0.2], bad)  # type: ignore[operator]
    with pytest.raises(ValueError, match=fault):
        form(bad, [0.5, 0.2])  # type: ignore[operator]


def test_logits_taken_for_probabilities_raise() -> None:
    for form in (kld.renormalised_kl, kld.bernoulli_kl):
        with pytest.raises(ValueError, match=r"\[0, 1\]"):
            form([0.5, 0.2], [1.5, -3.0])
    with pytest.raises(ValueError, match="all 0"):
        kld.renormalised_kl([0.5, 0.2], [0.0, 0.0])
