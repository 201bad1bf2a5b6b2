"""Building networks without drawing their initial weights."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import init

from v2meow_pipeline.networks.skip_init import SkipInit

RANDOM = (
    init.normal_,
    init.uniform_,
    init.trunc_normal_,
    init.kaiming_normal_,
    init.kaiming_uniform_,
    init.xavier_normal_,
    init.xavier_uniform_,
)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("function", RANDOM, ids=lambda function: function.__name__)
def test_no_function_draws_or_fails_to_end(function: Callable[[Tensor], Tensor]) -> None:
    """Catches `trunc_normal_`, which draws until all values are within its bounds, in an endless loop."""
    weight, before = torch.nn.Parameter(torch.full((8, 8), 5.0)), torch.get_rng_state()
    with SkipInit():
        assert function(weight) is weight
    assert torch.equal(torch.get_rng_state(), before)
    assert weight.abs().max() <= 2 and weight.requires_grad


def test_constants_are_computed() -> None:
    """Catches a table of positions, or a scale of ones, that is zero in every loaded network."""
    with SkipInit():
        assert torch.equal(torch.arange(3), torch.tensor([0, 1, 2]))
        assert torch.equal(torch.nn.LayerNorm(4).weight, torch.ones(4))
        assert torch.equal(torch.randn(2, 3), torch.zeros(2, 3))
