"""Drawing tokens."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from v2meow_pipeline.models.sampling import SamplingConfig, sample, truncate, uniforms


def test_frequencies_follow_the_softmax() -> None:
    """Catches a biased inverse distribution (off by one in the search, wrong side)."""
    logits = torch.tensor([0.0, 1.0, -1.0, 2.0])
    grid = (torch.arange(20000).double() + 0.5) / 20000
    drawn = sample(logits.expand(20000, 4), grid, SamplingConfig(temperature=0.7))
    expected = torch.softmax(logits / 0.7, dim=0)
    torch.testing.assert_close(torch.bincount(drawn, minlength=4) / 20000, expected, atol=1e-3, rtol=0)


@given(uniform=st.floats(0, 1, exclude_max=True), k=st.integers(1, 5), p=st.floats(0.05, 1), seed=st.integers(0, 99))
def test_only_tokens_that_truncation_keeps_are_drawn(uniform: float, k: int, p: float, seed: int) -> None:
    """Catches a token of probability 0 drawn at the edges of [0, 1)."""
    logits = torch.randn(1, 9, generator=torch.Generator().manual_seed(seed))
    config = SamplingConfig(top_k=k, top_p=p)
    kept = truncate(torch.softmax(logits.double(), dim=-1), config)[0] > 0
    assert 1 <= int(kept.sum()) <= k
    drawn = int(sample(logits, torch.tensor([uniform], dtype=torch.float64), config))
    assert bool(kept[drawn])


def test_top_p_keeps_the_fewest_that_reach_it() -> None:
    """Catches a nucleus that is one token short or one too many."""
    probabilities = torch.tensor([[0.1, 0.5, 0.15, 0.25]], dtype=torch.float64)
    kept = truncate(probabilities, SamplingConfig(top_p=0.7))[0] > 0
    assert kept.tolist() == [False, True, False, True]


def test_temperature_zero_takes_the_likeliest() -> None:
    """Catches a division by zero."""
    logits = torch.tensor([[0.0, 3.0, 1.0]])
    assert sample(logits, torch.tensor([0.99]), SamplingConfig(temperature=0)).tolist() == [1]


def test_a_longer_clip_begins_with_the_numbers_of_a_shorter_one() -> None:
    """Catches random numbers that shift when the length changes."""
    assert torch.equal(uniforms(7, 20, 4)[:, :10], uniforms(7, 10, 4))
    assert not torch.equal(uniforms(7, 10, 4), uniforms(8, 10, 4))
