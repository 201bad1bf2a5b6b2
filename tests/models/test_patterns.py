"""Token orders: what goes in comes out, and each step predicts what the order says."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.models.patterns import PATTERNS, TokenOrder

ANY = {"pattern": st.sampled_from(sorted(PATTERNS)), "levels": st.integers(1, 12), "t": st.integers(1, 40)}


@given(**ANY, seed=st.integers(0, 1000))
def test_revert_undoes_build(pattern: str, levels: int, t: int, seed: int) -> None:
    """Catches an order that loses or swaps tokens."""
    order = TokenOrder(pattern, levels, t)
    tokens = torch.randint(100, (2, levels, t), generator=torch.Generator().manual_seed(seed))
    sequence = order.build_pattern_sequence(tokens, special=100)
    assert sequence.shape == (2, levels, order.steps)
    assert torch.equal(order.revert_pattern_sequence(sequence), tokens)
    assert int((sequence != 100).sum()) == tokens.numel()


@given(**ANY)
def test_every_token_is_predicted_once_and_frames_in_order(pattern: str, levels: int, t: int) -> None:
    """Catches an order that predicts a frame before an earlier frame of the same level."""
    order = TokenOrder(pattern, levels, t)
    for level in range(levels):
        frames = order.t_of[level]
        assert frames[frames >= 0].tolist() == list(range(t))
    for step in range(order.steps):
        active = torch.nonzero(order.t_of[:, step] >= 0)[:, 0]
        assert bool((active.diff() == 1).all()), "decoding draws neighbouring levels together"
    assert bool((order.frame_of_step >= 0).all()) and bool((order.frame_of_step.diff() >= 0).all())


@given(levels=st.integers(1, 6), t=st.integers(1, 20))
def test_flatten_and_delay_see_lower_levels_first(levels: int, t: int) -> None:
    """Catches orders in which a residual code is predicted before the code that it refines."""
    for pattern in ("flatten", "delay"):
        steps = TokenOrder(pattern, levels, t).step_of
        assert bool((steps.diff(dim=0) > 0).all())


@given(**ANY, known=st.integers(0, 40))
def test_steps_before_the_first_open_one_predict_known_frames_only(
    pattern: str, levels: int, t: int, known: int
) -> None:
    """Catches a forced prefix that skips a step whose higher levels are still to be drawn."""
    order = TokenOrder(pattern, levels, t)
    known = min(known, t)
    first = order.first_open_step(known)
    assert bool((order.t_of[:, :first] < known).all())
    assert first == order.steps or bool((order.t_of[:, first] >= known).any())


def test_step_counts_of_ten_seconds() -> None:
    """Catches orders whose cost is not what the paper and stack.md count: 2,000 steps flattened, 503 delayed."""
    assert [TokenOrder(p, 4, 500).steps for p in ("flatten", "delay", "parallel")] == [2000, 503, 500]


def test_an_unknown_order_is_refused_with_the_known_ones() -> None:
    """Catches a bare KeyError for a misspelt parameter."""
    with pytest.raises(ConfigError, match="delay"):
        TokenOrder("zigzag", 4, 10)
