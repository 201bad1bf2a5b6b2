import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2meow_pipeline.metrics import repetition


def test_random_tokens_neither_loop_nor_repeat() -> None:
    tokens = np.random.default_rng(0).integers(0, 1024, 250)
    assert repetition.repeated_share(tokens, length=4) == 0.0
    assert repetition.longest_loop(tokens).share < 0.02


@pytest.mark.parametrize("period", [1, 2, 7, 25])
def test_a_loop_is_found_with_its_shortest_period(period: int) -> None:
    """A loop of 7 also repeats each 14."""
    rng = np.random.default_rng(1)
    loop = np.resize(rng.permutation(1000)[:period], 150)
    tokens = np.concatenate([rng.integers(2000, 3000, 100), loop])
    found = repetition.longest_loop(tokens)
    assert (found.period, found.start, found.length) == (period, 100, 150)
    assert found.share == pytest.approx(150 / 250)


def test_a_phrase_said_twice_is_no_loop() -> None:
    """Music repeats: a loop is at least three rounds."""
    tokens = np.tile(np.random.default_rng(2).integers(0, 1024, 125), 2)
    assert repetition.longest_loop(tokens).share < 0.02
    assert repetition.repeated_share(tokens, length=4) > 0.45


def test_share_of_repeats_by_hand() -> None:
    # Pairs: 12, 23, 31, 12 (seen), 23 (seen).
    assert repetition.repeated_share(np.array([1, 2, 3, 1, 2, 3]), length=2) == pytest.approx(2 / 5)


@given(st.lists(st.integers(0, 3), min_size=4, max_size=40))
def test_found_loops_are_loops(values: list[int]) -> None:
    tokens = np.array(values)
    loop = repetition.longest_loop(tokens)
    part = tokens[loop.start : loop.start + loop.length]
    if loop.length:
        assert loop.length >= 3 * loop.period
        np.testing.assert_array_equal(part[loop.period :], part[: -loop.period])


def test_levels_are_refused() -> None:
    with pytest.raises(ValueError, match="one sequence"):
        repetition.repeated_share(np.zeros((4, 10), int), length=2)
    with pytest.raises(ValueError, match="shorter"):
        repetition.repeated_share(np.zeros(3, int), length=4)
