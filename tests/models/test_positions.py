"""Relative buckets and the time embedding."""

import torch

from v2meow_pipeline.models.positions import RelativePositionBias, TimeEmbedding, relative_buckets


def test_near_positions_have_buckets_of_their_own_and_far_ones_share() -> None:
    """Catches buckets that blur neighbouring tokens or run past the table."""
    relative = -torch.arange(300)[None, :]
    buckets = relative_buckets(relative, 32, 128, bidirectional=False)[0]
    assert buckets[:16].tolist() == list(range(16))
    assert bool((buckets.diff() >= 0).all()) and int(buckets.max()) == 31
    assert bool((buckets[128:] == 31).all())


def test_a_decoder_hides_what_comes_later() -> None:
    """Catches a missing causal mask."""
    bias = RelativePositionBias(2, 8, 16, bidirectional=False)(torch.arange(4), torch.arange(4))
    assert torch.isinf(bias[0]).tolist() == torch.ones(4, 4).triu(1).bool().tolist()


def test_equal_times_embed_equally_whatever_the_rate() -> None:
    """Catches an embedding of the index in place of the second: streams of 1, 25 and 50 Hz must share one clock."""
    embedding = TimeEmbedding(16)
    slow, fast = embedding(torch.arange(10) / 1.0), embedding(torch.arange(500) / 50.0)
    torch.testing.assert_close(slow, fast[::50])
    assert not torch.allclose(fast[0], fast[1])
