"""Naming genres from embeddings."""

import numpy as np
import pytest

from v2meow_pipeline.metrics.genre import LogisticGenreClassifier


def _clips(mean: float, spread: float, count: int, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [mean + spread * rng.standard_normal((12, 4)) for _ in range(count)]


def test_genres_of_another_mean_or_another_spread_are_told_apart() -> None:
    """Catches a judge that sees averages alone: calm and busy music of one timbre differ in their spread."""
    frames = _clips(0, 1, 20, 0) + _clips(2, 1, 20, 1) + _clips(0, 5, 20, 2)
    judge = LogisticGenreClassifier(frames, ["a"] * 20 + ["b"] * 20 + ["c"] * 20)
    unheard = {"a": _clips(0, 1, 10, 3), "b": _clips(2, 1, 10, 4), "c": _clips(0, 5, 10, 5)}
    named = {genre: [judge.predict(of_clip) for of_clip in clips] for genre, clips in unheard.items()}
    assert all(np.mean([name == genre for name in names]) >= 0.9 for genre, names in named.items())


def test_one_genre_is_nothing_to_learn() -> None:
    """Catches a judge that is right about everything since it knows one answer."""
    with pytest.raises(ValueError, match="1 genres"):
        LogisticGenreClassifier(_clips(0, 1, 4, 0), ["a"] * 4)
