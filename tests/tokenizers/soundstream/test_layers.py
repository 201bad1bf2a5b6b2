"""Causal layers: no look at what comes, and the same piece by piece."""

import pytest
import torch
from torch import nn

from v2meow_pipeline.tokenizers.soundstream.layers import CausalConv, CausalTransposedConv, Decoder, Encoder, Memory

LAYERS = {
    "plain": lambda: CausalConv(3, 2, 7),
    "dilated": lambda: CausalConv(3, 2, 7, dilation=9),
    "strided": lambda: CausalConv(3, 2, 10, 5),
    "single": lambda: CausalConv(3, 2, 1),
    "transposed": lambda: CausalTransposedConv(3, 2, 5),
}


@pytest.fixture(params=list(LAYERS))
def layer(request: pytest.FixtureRequest) -> nn.Module:
    torch.manual_seed(0)
    made = LAYERS[request.param]()
    nn.init.normal_(made.conv.bias)
    return made


def test_lengths_are_exact(layer: nn.Module) -> None:
    """Catches a stride that leaves one place too many or too few."""
    outputs = layer(torch.zeros(2, 3, 40)).shape[2]
    assert outputs == {5: 8}.get(layer.conv.stride[0], 40) if isinstance(layer, CausalConv) else outputs == 200


def test_an_output_depends_on_no_later_input(layer: nn.Module) -> None:
    """Catches padding on both sides."""
    x = torch.randn(1, 3, 40, requires_grad=True)
    y = layer(x)
    per_input = y.shape[2] / 40
    for place in (0, y.shape[2] // 2, y.shape[2] - 1):
        (gradient,) = torch.autograd.grad(y[..., place].sum(), x, retain_graph=True)
        last = int(gradient.abs().sum(dim=(0, 1)).nonzero().max())
        assert last == int((place + 1) / per_input - 1e-6), "it sees later inputs, or not its own"


def test_pieces_equal_the_whole(layer: nn.Module) -> None:
    """Catches a past that is lost, too short, or taken from the output."""
    x, memory = torch.randn(2, 3, 40), Memory()
    pieces = [layer(piece, memory) for piece in x.split([5, 5, 20, 10], dim=2)]
    torch.testing.assert_close(torch.cat(pieces, dim=2), layer(x))


def test_passing_sounds_keep_their_size() -> None:
    """Catches weights that shrink what passes: vectors that start near zero say nothing, and quantizers collapse."""
    torch.manual_seed(0)
    sizes = ((8, 24, 64, 128, 256), (8, 5, 4, 2), (1, 3, 3, 3), 64)
    vectors = Encoder(*sizes)(torch.randn(2, 3200))
    assert 0.3 < vectors.std() < 3
    assert 0.3 < Decoder(*sizes)(torch.randn(2, 50, 64)).std() < 3
