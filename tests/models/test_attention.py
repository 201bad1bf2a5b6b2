"""Attention with a cache writes in place."""

import torch

from v2meow_pipeline.models.attention import SelfAttention, empty_cache


def test_a_cache_keeps_its_storage() -> None:
    """Catches a cache that is copied at each step, which makes decoding quadratic in memory traffic."""
    attention = SelfAttention(8, 2, 4, 0.0).eval()
    cache = empty_cache(attention.out.weight, 3, 2, 5, 4)
    address = cache.keys.data_ptr()
    with torch.no_grad():
        attention(torch.randn(3, 1, 8), (torch.zeros(2, 1, 3),), cache, start=2)
    assert cache.keys.data_ptr() == address
    assert bool((cache.keys[:, :, 2] != 0).any()) and not bool((cache.keys[:, :, 3:] != 0).any())
