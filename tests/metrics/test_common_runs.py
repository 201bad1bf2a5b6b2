"""Longest common runs against a search by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2meow_pipeline.metrics.common_runs import NO_RUN, longest_common_runs

sequences = st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=20).map(np.array), min_size=1, max_size=4)


def by_hand(sequence: np.ndarray, others: list[np.ndarray]) -> int:
    def run(a: list[int], b: list[int]) -> int:
        return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))

    a = sequence.tolist()
    return max(run(a[i:], b[j:]) for b in (o.tolist() for o in others) for i in range(len(a)) for j in range(len(b)))


@settings(max_examples=200, deadline=None)
@given(sequences, sequences)
def test_lengths_are_those_of_a_search_by_hand(ours: list[np.ndarray], others: list[np.ndarray]) -> None:
    """Runs that reach from one sequence into the next, or lengths between powers of two that are missed."""
    for sequence, run in zip(ours, longest_common_runs(ours, others), strict=True):
        assert run.length == by_hand(sequence, others)
        if run == NO_RUN:
            assert run.other is None
            continue
        part = sequence[run.start : run.start + run.length]
        np.testing.assert_array_equal(part, others[run.other][run.other_start :][: run.length])
        assert run.kinds == len(set(part.tolist()))


def test_a_run_is_found_where_it_lies() -> None:
    """Positions counted from the first sequence's start."""
    rng = np.random.default_rng(0)
    others = [rng.integers(0, 1000, 300) for _ in range(5)]
    ours = [rng.integers(1000, 2000, 250) for _ in range(3)]
    ours[2][40:163] = others[3][100:223]
    assert longest_common_runs(ours, others) == [NO_RUN, NO_RUN, (123, len(set(others[3][100:223])), 40, 3, 100)]


def test_a_run_does_not_cross_from_one_sequence_into_the_next() -> None:
    ours, others = [np.array([1, 2, 3, 4])], [np.array([9, 1, 2]), np.array([3, 4, 9])]
    assert longest_common_runs(ours, others)[0] == (2, 2, 0, 0, 1)


def test_a_held_token_is_told_from_a_tune() -> None:
    """Digital silence in both is a run of hundreds of tokens."""
    run = longest_common_runs([np.full(100, 7)], [np.full(80, 7)])[0]
    assert (run.length, run.kinds) == (80, 1)


@pytest.mark.parametrize("bad", [[], [np.zeros(0, int)], [np.zeros((2, 3), int)], [np.array([0.0, np.nan])]])
def test_what_is_no_sequence_raises(bad: list[np.ndarray]) -> None:
    for sides in ((bad, [np.arange(3)]), ([np.arange(3)], bad)):
        with pytest.raises(ValueError, match="sequence"):
            longest_common_runs(*sides)
