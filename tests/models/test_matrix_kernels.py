"""Products in every precision are right, and a row does not depend on the rows beside it."""

import pytest
import torch
from tests.support.model_makers import conditions_of, tiny_model
from torch import Tensor

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.models import decoding, matrix_kernels
from v2meow_pipeline.models.checkpointing import load_stage
from v2meow_pipeline.models.decoding import decode
from v2meow_pipeline.models.matrix_kernels import (
    LEAST_PACKED,
    BlasKernel,
    Int8Kernel,
    PackedKernel,
    ProductPrecision,
    matrix_kernel,
    supported_precisions,
)
from v2meow_pipeline.models.row_products import RowProduct, padded_rows
from v2meow_pipeline.models.sampling import SamplingConfig
from v2meow_pipeline.release import open_release

CPU = torch.device("cpu")
PRECISIONS = supported_precisions(CPU)
# Relative error of a product of random numbers: rounding of the last bit, of 8 bits, and of 7 bits and a sign.
TOLERANCE = {"float32": 1e-6, "bfloat16": 0.005, "int8": 0.012}
# (width_out, width_in); 24, 40 and 66 are no multiples of the int8 product's blocks, and the last one is packed.
SHAPES = [(30, 24), (1025, 40), (7, 66), (768, 192), (1024, 1024)]


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("added_rows", [None, 1, 5])
def test_a_product_is_the_plain_one(
    precision: ProductPrecision, shape: tuple[int, int], added_rows: int | None
) -> None:
    """Catches scales of another row, inputs beyond the end of a matrix, and a summand that is lost or rounded."""
    torch.manual_seed(0)
    weight, inputs = torch.randn(shape), torch.randn(5, shape[1])
    added = None if added_rows is None else 1e4 * torch.randn(added_rows, shape[0])
    found = matrix_kernel(weight, precision)(inputs, added)
    expected = inputs @ weight.t()
    error = found - expected - (0 if added is None else added)
    assert found.dtype == torch.float32
    # The rounding of the large summand adds to the error in float32.
    assert error.norm() <= (TOLERANCE[precision] + (0 if added is None else 1e-4)) * expected.norm()


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_row_does_not_depend_on_the_number_of_rows(precision: ProductPrecision, shape: tuple[int, int]) -> None:
    """Catches a kernel that rounds differently for more rows, which changes tokens with the batch."""
    torch.manual_seed(0)
    weight, inputs = torch.randn(shape), torch.randn(32, shape[1])
    whole = RowProduct(weight, 32, precision)(inputs)
    for rows in (1, 3, 4, 5, 8, 19):
        padded = padded_rows(rows, CPU, precision)
        assert torch.equal(RowProduct(weight, padded, precision)(inputs[:padded])[:rows], whole[:rows])


def test_int8_costs_one_row_for_one_clip() -> None:
    """Catches rows of padding, which the int8 product computes like any other row."""
    assert [padded_rows(rows, CPU, "int8") for rows in (1, 2, 5)] == [1, 2, 5]


def test_outputs_without_weights_are_zero() -> None:
    """Catches a division by a scale of zero."""
    weight = torch.zeros(3, 32)
    weight[1] = 1
    assert torch.equal(Int8Kernel(weight)(torch.ones(1, 32), None), torch.tensor([[0.0, 32.0, 0.0]]))


def test_only_large_matrices_are_packed() -> None:
    """Catches small models that pay 20 µs per product, and large ones at half of the speed."""
    small, large = torch.randn(768, 192), torch.randn(LEAST_PACKED // 1024, 1024)
    assert isinstance(matrix_kernel(small, "float32"), BlasKernel)
    kind = PackedKernel if matrix_kernels._packs() else BlasKernel
    assert isinstance(matrix_kernel(large, "float32"), kind)


def test_a_precision_that_the_processor_lacks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches emulated bfloat16, which is slower than float32, and a crash inside of oneDNN."""
    monkeypatch.setattr(matrix_kernels, "_packs", lambda: False)
    with pytest.raises(ConfigError, match="This CPU does not compute in bfloat16") as error:
        matrix_kernel(torch.randn(4, 4), "bfloat16")
    assert "float32, int8" in str(error.value)


def test_masked_stages_refuse_a_precision() -> None:
    """Catches an option that is read and ignored."""
    model = tiny_model("coarse", pattern="masked")
    with pytest.raises(ConfigError, match="masked pattern"):
        decode(model, conditions_of(model, 1, 8), [0], 8, SamplingConfig(precision="int8"))


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("stage", ["semantic", "coarse_audio"])
def test_the_loss_of_the_release_hardly_changes(
    precision: ProductPrecision, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches worse music in another precision: the loss, nats a token, of music that is sampled in float32."""
    model = load_stage(open_release().folder / stage / "checkpoint").eval()
    conditions = conditions_of(model, 4, 50)
    sampled = decode(model, conditions, range(4), 50)
    losses = {name: loss(model, conditions, sampled, name, monkeypatch) for name in ("float32", precision)}
    change = losses[precision] - losses["float32"]
    print(f"\n{stage}, {precision}: {losses['float32']:.4f}, change {change:+.5f}")
    assert abs(change) < 0.01


def loss(
    model: torch.nn.Module,
    conditions: dict[str, Tensor],
    tokens: Tensor,
    precision: ProductPrecision,
    monkeypatch: pytest.MonkeyPatch,
) -> float:
    """Mean loss of given tokens, decoded step by step: they replace those that would be sampled."""
    losses: list[Tensor] = []
    order = model.order(tokens.shape[-1])
    wanted = order.build_pattern_sequence(tokens, 0)
    steps = iter(range(order.steps))

    def choose(logits: Tensor, uniform: Tensor, config: SamplingConfig) -> Tensor:
        step = next(steps)
        active = torch.nonzero(order.t_of[:, step] >= 0)[:, 0]
        chosen = wanted[:, active, step]
        losses.append(-torch.log_softmax(logits, -1).gather(-1, chosen[..., None]).flatten())
        return chosen

    with monkeypatch.context() as patch:
        patch.setattr(decoding, "sample", choose)
        assert torch.equal(decode(model, conditions, range(4), 50, SamplingConfig(precision=precision)), tokens)
    return float(torch.cat(losses).mean())
