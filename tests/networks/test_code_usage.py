"""Perplexity of codes."""

import pytest
import torch

from v2meow_pipeline.networks.code_usage import code_perplexity


def test_perplexity_counts_the_codes_that_are_used() -> None:
    """Catches an entropy in bits, and unused codes that make it NaN."""
    codes = torch.tensor([[0, 1], [2, 3]])
    assert code_perplexity(codes, 8).item() == pytest.approx(4)
    assert code_perplexity(torch.zeros(5, dtype=torch.long), 8).item() == pytest.approx(1)
    assert torch.equal(code_perplexity(codes), code_perplexity(codes, 4))
