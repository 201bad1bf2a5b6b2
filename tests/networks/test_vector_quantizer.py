"""One codebook: it finds what there is, keeps all its codes in use, and lets gradients through."""

import pytest
import torch
from torch import Tensor

from v2meow_pipeline.networks.vector_quantizer import QuantizerConfig, VectorQuantizer

CENTRES = torch.tensor([[4.0, 0.0], [0.0, 4.0], [-4.0, 0.0], [0.0, -4.0]])
SPREAD = 0.1


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def clusters(batch: int, t: int, centres: Tensor = CENTRES) -> Tensor:
    return centres[torch.randint(len(centres), (batch, t))] + SPREAD * torch.randn(batch, t, 2)


def test_codes_settle_on_clusters() -> None:
    """Catches sums and counts that are averaged apart, or a codebook that never moves."""
    quantizer = VectorQuantizer(2, QuantizerConfig(codes=4, decay=0.8, restart_below=1.0))
    for _ in range(100):
        quantizer(clusters(4, 32))
    distances = torch.cdist(CENTRES, quantizer.codebook)
    assert distances.min(dim=1).values.max() < 0.1
    quantizer.eval()
    inputs = clusters(4, 32)
    assert (quantizer(inputs).vectors - inputs).square().mean() < 2 * SPREAD**2


def test_unused_codes_start_anew_where_vectors_lie() -> None:
    """Catches dead codes: all start in one corner, and the vectors then move elsewhere."""
    quantizer = VectorQuantizer(2, QuantizerConfig(codes=16, decay=0.8, restart_below=0.5))
    quantizer(clusters(4, 32, CENTRES[:1]))
    for _ in range(60):
        quantizer(clusters(4, 32, CENTRES[1:]))
    assert torch.cdist(quantizer.codebook, CENTRES[1:]).min(dim=1).values.max() < 1
    used = quantizer.eval()(clusters(8, 64, CENTRES[1:])).codes.unique()
    assert len(used) > 12


def test_codes_are_kept_where_restarts_are_off() -> None:
    """Catches a threshold of 0 that still replaces codes."""
    quantizer = VectorQuantizer(2, QuantizerConfig(codes=16, decay=0.8, restart_below=0))
    quantizer(clusters(4, 32, CENTRES[:1]))
    for _ in range(60):
        quantizer(clusters(4, 32, CENTRES[1:]))
    assert (torch.cdist(quantizer.codebook, CENTRES[:1]).min(dim=1).values < 1).any()


def test_gradient_passes_straight_through() -> None:
    """Catches a gradient that stops at the codes, or that reaches the codebook."""
    quantizer = VectorQuantizer(2, QuantizerConfig(codes=4))
    inputs = clusters(2, 8).requires_grad_()
    weights = torch.randn(2, 8, 2)
    (quantizer(inputs).vectors * weights).sum().backward()
    assert torch.equal(inputs.grad, weights)
    assert not list(quantizer.parameters())


def test_commitment_draws_inputs_to_their_codes() -> None:
    """Catches a commitment whose gradient moves the codes instead, or points away."""
    quantizer = VectorQuantizer(2, QuantizerConfig(codes=4)).train()
    quantizer(clusters(4, 32))
    quantizer.eval()
    inputs = clusters(2, 8).requires_grad_()
    quantized = quantizer(inputs)
    quantized.commitment.backward()
    towards = quantizer.decode(quantized.codes) - inputs.detach()
    torch.testing.assert_close(-inputs.grad, towards * 2 / inputs.numel())


@pytest.mark.parametrize("code_width", [None, 2])
def test_normalised_codes_and_vectors_lie_on_the_sphere(code_width: int | None) -> None:
    """Catches codes whose moving average leaves the sphere, so that long codes win every angle."""
    quantizer = VectorQuantizer(2, QuantizerConfig(codes=8, code_width=code_width, normalised=True, decay=0.8))
    for _ in range(20):
        quantizer(clusters(4, 32))
    torch.testing.assert_close(quantizer.codebook.norm(dim=1), torch.ones(8))
    quantizer.eval()
    inputs = clusters(2, 8)
    assert torch.equal(quantizer.encode(inputs), quantizer.encode(inputs * 3)) or code_width is not None


@pytest.mark.parametrize("code_width", [None, 3])
def test_encode_and_decode_agree_with_forward_and_learn_nothing(code_width: int | None) -> None:
    """Catches two ways of quantizing, and a codebook that moves in evaluation."""
    quantizer = VectorQuantizer(2, QuantizerConfig(codes=8, code_width=code_width))
    quantizer(clusters(4, 32))
    quantizer.eval()
    before, inputs = quantizer.codebook.clone(), clusters(2, 8)
    quantized = quantizer(inputs)
    assert torch.equal(quantizer.encode(inputs), quantized.codes)
    torch.testing.assert_close(quantizer.decode(quantized.codes), quantized.vectors)
    assert torch.equal(quantizer.codebook, before)


def test_more_codes_than_vectors_still_start() -> None:
    """Catches a first batch too small for the codebook."""
    quantizer = VectorQuantizer(2, QuantizerConfig(codes=64))
    quantizer(clusters(1, 5))
    assert quantizer.codebook.isfinite().all()
    assert len(quantizer.codebook.unique(dim=0)) == 64
