"""Residual quantization: every level helps, any first few decode, dropout drops levels and nothing else."""

from itertools import pairwise

import pytest
import torch
from torch import Tensor

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.residual_quantizer import ResidualQuantizer, ResidualQuantizerConfig
from v2meow_pipeline.networks.vector_quantizer import QuantizerConfig

WIDTH, LEVELS = 4, 5
PLAIN = QuantizerConfig(codes=16, decay=0.8)
PROJECTED = QuantizerConfig(codes=16, decay=0.8, code_width=3, normalised=True)


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def fitted(dropout: float = 0.0, codebook: QuantizerConfig = PLAIN) -> ResidualQuantizer:
    quantizer = ResidualQuantizer(WIDTH, ResidualQuantizerConfig(levels=LEVELS, codebook=codebook, dropout=dropout))
    for _ in range(50):
        quantizer(torch.randn(8, 32, WIDTH))
    return quantizer.eval()


def test_every_level_brings_the_vectors_nearer() -> None:
    """Catches levels that quantize the input again, rather than what is left."""
    quantizer, inputs = fitted(), torch.randn(8, 32, WIDTH)
    codes = quantizer.encode(inputs)
    errors = [(quantizer.decode(codes[:, :n]) - inputs).square().mean().item() for n in range(1, LEVELS + 1)]
    assert all(after < 0.8 * before for before, after in pairwise(errors))


@pytest.mark.parametrize("codebook", [PLAIN, PROJECTED])
def test_encode_and_decode_agree_with_forward(codebook: QuantizerConfig) -> None:
    """Catches two ways of quantizing that drift apart, for instance in which residual a level sees."""
    quantizer, inputs = fitted(codebook=codebook), torch.randn(2, 9, WIDTH)
    quantized = quantizer(inputs)
    assert torch.equal(quantizer.encode(inputs), quantized.codes)
    torch.testing.assert_close(quantizer.decode(quantized.codes), quantized.vectors)


@pytest.mark.parametrize("codebook", [PLAIN, PROJECTED])
def test_vectors_are_what_decode_sums(codebook: QuantizerConfig) -> None:
    """Catches codebooks in another space than that of the decoder."""
    quantizer = fitted(codebook=codebook)
    codes = torch.randint(16, (2, 3, 7))
    summed = sum(quantizer.vectors()[level][codes[:, level]] for level in range(3))
    torch.testing.assert_close(quantizer.decode(codes), summed)


def test_dropout_rebuilds_each_example_from_its_own_number_of_levels() -> None:
    """Catches one draw for the whole batch, no level at all, or a last level that is never kept."""
    quantizer, inputs = fitted(dropout=1.0).train(), torch.randn(64, 4, WIDTH)
    before = [level.codebook.clone() for level in quantizer.levels]
    quantized = quantizer(inputs)
    kept = torch.zeros(64, dtype=torch.long)
    total: Tensor = torch.zeros(64, 4, WIDTH)
    for count, book in enumerate(before, start=1):
        total = total + book[quantized.codes[:, count - 1]]
        kept[(total - quantized.vectors).abs().amax(dim=(1, 2)) < 1e-4] = count
    assert kept.unique().tolist() == list(range(1, LEVELS + 1))


def test_nothing_is_dropped_in_evaluation() -> None:
    """Catches reconstructions that change from call to call."""
    quantizer, inputs = fitted(dropout=1.0), torch.randn(8, 4, WIDTH)
    assert torch.equal(quantizer(inputs).vectors, quantizer(inputs).vectors)
    torch.testing.assert_close(quantizer(inputs).vectors, quantizer.decode(quantizer.encode(inputs)))


def test_all_levels_learn_from_dropped_examples() -> None:
    """Catches starved last levels: with few vectors a batch they would see a twelfth of them."""
    quantizer = ResidualQuantizer(WIDTH, ResidualQuantizerConfig(levels=LEVELS, codebook=PLAIN, dropout=1.0))
    for _ in range(50):
        quantizer(torch.randn(2, 32, WIDTH))
    codes = quantizer.eval().encode(torch.randn(8, 64, WIDTH))
    assert all(len(codes[:, level].unique()) > 8 for level in range(LEVELS))


def test_gradient_is_that_of_the_identity() -> None:
    """Catches a gradient counted once for each level."""
    quantizer = fitted(dropout=1.0).train()
    inputs, weights = torch.randn(4, 8, WIDTH, requires_grad=True), torch.randn(4, 8, WIDTH)
    (quantizer(inputs).vectors * weights).sum().backward()
    torch.testing.assert_close(inputs.grad, weights)


def test_projected_levels_learn_their_projections() -> None:
    """Catches projections that a straight-through sum leaves without a gradient."""
    quantizer = fitted(codebook=PROJECTED).train()
    inputs = torch.randn(4, 8, WIDTH, requires_grad=True)
    quantizer(inputs).vectors.square().sum().backward()
    assert inputs.grad.abs().sum() > 0
    assert all(level.out.weight.grad.abs().sum() > 0 for level in quantizer.levels)


def test_commitment_of_later_levels_reaches_the_inputs() -> None:
    """Catches a residual whose gradient cancels, so that only the first level commits."""
    quantizer = fitted()
    inputs = torch.randn(4, 8, WIDTH, requires_grad=True)
    quantized = quantizer(inputs)
    quantized.commitment.backward()
    first = 2 * (inputs.detach() - quantizer.decode(quantized.codes[:, :1])) / inputs.numel() / LEVELS
    assert (inputs.grad - first).abs().max() > 1e-6


def test_too_many_levels_or_none_are_refused() -> None:
    """Catches levels that are left out in silence."""
    quantizer = fitted()
    for levels in (0, LEVELS + 1):
        with pytest.raises(ValueError, match=f"{levels} levels"):
            quantizer.decode(torch.zeros(1, levels, 3, dtype=torch.long))


def test_a_sphere_without_projections_is_refused() -> None:
    """Catches residuals that are quantized by direction alone, so that levels never add up."""
    with pytest.raises(ConfigError, match="code_width"):
        ResidualQuantizerConfig(codebook=QuantizerConfig(normalised=True))
