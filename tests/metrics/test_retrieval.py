"""Retrieval figures against counting by hand, and embeddings that say nothing."""

import itertools

import numpy as np
import pytest

from v2meow_pipeline.metrics.retrieval import cross_retrieval, retrieval


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_ranks_are_those_of_counting() -> None:
    """Catches ranks from 0, and rows mistaken for columns."""
    scores = np.array([[0.9, 0.1, 0.5], [0.8, 0.2, 0.1], [0.1, 0.9, 0.5]])
    found = retrieval(scores, np.eye(3, dtype=bool), 0, ranks=(1, 2, 3))
    assert [found.recall[k].value for k in (1, 2, 3)] == pytest.approx([1 / 3, 1, 1])
    assert (found.median_rank.value, found.n_queries, found.n_items) == (2.0, 3, 3)


def test_a_constant_embedding_scores_exactly_at_chance() -> None:
    """Catches ties that count for the query (a collapsed network would be perfect) or against it."""
    caption = np.array([0, 0, 0, 1, 1, 2, 3, 4])
    report = cross_retrieval(np.ones((8, 4)) / 2, np.ones((5, 4)) / 2, caption, 0, ranks=(1, 3))
    for direction in (report.audio_to_text, report.text_to_audio):
        for k in (1, 3):
            assert direction.recall[k].value == pytest.approx(direction.chance[k])
        assert direction.median_rank.value == direction.chance_median_rank
    assert report.audio_to_text.chance[1] == pytest.approx(1 / 5)
    assert report.audio_to_text.chance_median_rank == 3.0
    assert report.text_to_audio.chance[1] == pytest.approx((3 + 2 + 1 + 1 + 1) / 8 / 5)


def test_partial_ties_are_the_mean_over_all_orders() -> None:
    """Catches a wrong hypergeometric share: it is checked against every order of the tied items."""
    scores = np.array([[0.9, 0.5, 0.5, 0.5, 0.5, 0.1]])
    relevant = np.array([[False, True, False, True, False, False]])
    for k in (1, 2, 3, 4):
        hits = [any(item in (1, 3) for item in (0, *order)[:k]) for order in itertools.permutations((1, 2, 3, 4))]
        assert retrieval(scores, relevant, 0, ranks=(k,)).recall[k].value == pytest.approx(np.mean(hits))


def test_random_embeddings_score_near_chance(rng: np.random.Generator) -> None:
    """Catches a chance level that is not one."""
    clips, texts = unit(rng.normal(size=(400, 16))), unit(rng.normal(size=(400, 16)))
    report = cross_retrieval(clips, texts, np.arange(400), 0)
    for direction in (report.audio_to_text, report.text_to_audio):
        assert direction.recall[10].value == pytest.approx(0.025, abs=0.02)
        assert direction.chance[10] == pytest.approx(0.025)
        assert direction.median_rank.value == pytest.approx(200, abs=30)


def test_a_perfect_embedding_finds_everything_also_where_captions_repeat(rng: np.random.Generator) -> None:
    """Catches clips with one caption that compete with each other."""
    texts = unit(rng.normal(size=(6, 16)))
    caption = np.array([0, 0, 0, 1, 2, 3, 4, 5])
    report = cross_retrieval(texts[caption], texts, caption, 0)
    for direction in (report.audio_to_text, report.text_to_audio):
        assert direction.recall[1].value == 1 and direction.median_rank.value == 1
    assert report.matched_cosine.value == pytest.approx(1)
    assert report.shuffled_cosine.value < 0.5
    assert (report.audio_to_text.n_items, report.text_to_audio.n_items) == (6, 8)


def test_intervals_hold_the_value_and_repeat(rng: np.random.Generator) -> None:
    """Catches intervals of something else, and draws without a seed."""
    texts = unit(rng.normal(size=(50, 16)))
    clips = unit(texts + 0.5 * rng.normal(size=texts.shape))
    first, again = (cross_retrieval(clips, texts, np.arange(50), 3).audio_to_text for _ in range(2))
    assert first == again
    for interval in (*first.recall.values(), first.median_rank):
        assert interval.low <= interval.value <= interval.high and interval.n == 50
    assert first.recall[1].low < first.recall[1].high


@pytest.mark.parametrize(
    ("audio", "text", "caption"),
    [
        (np.ones((2, 3)), np.ones((2, 4)), [0, 1]),
        (np.ones((2, 3)), np.ones((2, 3)), [0, 0]),
        (np.ones((2, 3)), np.ones((2, 3)), [0, 2]),
        (np.ones((2, 3)), np.ones((1, 3)), [0, 0]),
        (np.full((2, 3), np.nan), np.ones((2, 3)), [0, 1]),
        (np.ones((2, 3)), np.ones((2, 3)), [0]),
    ],
)
def test_what_cannot_be_judged_is_refused(audio: np.ndarray, text: np.ndarray, caption: list[int]) -> None:
    """Catches a score that stands for nothing."""
    with pytest.raises(ValueError, match=r"matched|needs a|finite"):
        cross_retrieval(audio, text, caption, 0)
