"""Incremental decoding equals the decoder of the whole sequence, and its rows are independent."""

import pytest
import torch

from v2meow_pipeline.models.incremental import IncrementalDecoder
from v2meow_pipeline.models.matrix_kernels import ProductPrecision, supported_precisions
from v2meow_pipeline.models.transformer import Transformer, TransformerConfig

T, T_MEMORY = 12, 7


def transformer(encoder_layers: int = 2, activation: str = "relu") -> Transformer:
    """A small model with norms that are not 1."""
    torch.manual_seed(1)
    config = TransformerConfig(
        width=24,
        heads=3,
        head_width=16,
        feed_forward=40,
        encoder_layers=encoder_layers,
        decoder_layers=3,
        activation=activation,
        position_buckets=16,
        position_max_distance=40,
    )
    model = Transformer(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1.0 + 0.3 * torch.randn_like(parameter))
    return model


def states(
    model: Transformer,
    inputs: torch.Tensor,
    memory: torch.Tensor | None,
    known: int,
    precision: ProductPrecision = "float32",
) -> torch.Tensor:
    """Hidden states of the positions from `known` on; those before are prefilled."""
    rows = len(inputs)
    with torch.inference_mode():
        decoder = IncrementalDecoder(model, memory, rows, T + 3, precision)
        if known:
            decoder.prefill(inputs[:, :known])
        return torch.stack([decoder.step(inputs[:, t])[:rows] for t in range(known, T)], dim=1)


@pytest.mark.parametrize("rows", [1, 3, 4, 9])
@pytest.mark.parametrize("known", [0, 5])
@pytest.mark.parametrize(("encoder_layers", "activation"), [(2, "relu"), (0, "relu"), (2, "gated-gelu")])
def test_steps_equal_the_whole_sequence(rows: int, known: int, encoder_layers: int, activation: str) -> None:
    """Catches an off-by-one in the caches or in the position bias, and a norm whose scale is lost."""
    model = transformer(encoder_layers, activation)
    inputs = torch.randn(rows, T, 24)
    with torch.no_grad():
        memory = model.encode(torch.randn(rows, T_MEMORY, 24)) if encoder_layers else None
        full = model.decode(inputs, memory)[:, known:]
    torch.testing.assert_close(states(model, inputs, memory, known), full, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("known", [0, 5])
@pytest.mark.parametrize("precision", supported_precisions(torch.device("cpu")))
def test_a_row_does_not_depend_on_the_number_of_rows(known: int, precision: ProductPrecision) -> None:
    """Catches an operation whose rounding depends on the batch, which changes tokens in rare cases."""
    model = transformer()
    inputs, memory = torch.randn(19, T, 24), torch.randn(19, T_MEMORY, 24)
    full = states(model, inputs, memory, known, precision)
    for rows in ([18], [0, 18], [5, 4, 3], [7, 1, 2, 3], list(range(11)), list(range(18, -1, -1))):
        assert torch.equal(states(model, inputs[rows], memory[rows], known, precision), full[rows])


def test_caches_keep_their_storage() -> None:
    """Catches a cache that is copied at each step, which makes decoding quadratic in memory traffic."""
    with torch.inference_mode():
        decoder = IncrementalDecoder(transformer(), torch.randn(2, T_MEMORY, 24), 2, T)
        addresses = [layer.cache.keys.data_ptr() for layer in decoder.layers]
        for _ in range(3):
            decoder.step(torch.randn(2, 24))
    assert [layer.cache.keys.data_ptr() for layer in decoder.layers] == addresses
    keys = decoder.layers[0].cache.keys
    assert bool((keys[:, :, 2] != 0).all()) and not bool((keys[:, :, 3:] != 0).any())
