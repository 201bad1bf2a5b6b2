"""Products of rows do not depend on the number of rows."""

import pytest
import torch
from torch import Tensor

from v2meow_pipeline.models.matrix_kernels import BlasKernel
from v2meow_pipeline.models.row_products import RowProduct, padded_rows

CPU = torch.device("cpu")


def test_rows_are_rounded_up_to_blocks() -> None:
    """Catches a group that is one block too small or too large."""
    assert [padded_rows(rows, CPU) for rows in (1, 4, 5, 16)] == [4, 4, 8, 16]


@pytest.mark.parametrize("shape", [(192, 576), (768, 192), (24, 30)])
@pytest.mark.parametrize("with_added", [False, True])
def test_a_block_of_rows_gives_the_same_bits_alone(shape: tuple[int, int], with_added: bool) -> None:
    """Catches a kernel that rounds differently for more rows."""
    torch.manual_seed(0)
    weight, inputs, added = torch.randn(shape).t(), torch.randn(32, shape[0]), torch.randn(32, shape[1])
    whole = RowProduct(weight, 32)(inputs, added if with_added else None)
    alone = RowProduct(weight, 4)
    for start in range(0, 32, 4):
        rows = slice(start, start + 4)
        assert torch.equal(alone(inputs[rows], added[rows] if with_added else None), whole[rows])
    expected = inputs @ weight.t() + (added if with_added else 0)
    torch.testing.assert_close(whole, expected, atol=1e-4, rtol=1e-5)


@pytest.mark.parametrize("added_rows", [None, 1, 8])
def test_a_kernel_that_depends_on_the_rows_is_called_block_by_block(
    monkeypatch: pytest.MonkeyPatch, added_rows: int | None
) -> None:
    """Catches a test of the kernel that misses a difference in the last bit."""
    exact = BlasKernel.__call__

    def rounds_by_rows(kernel: BlasKernel, inputs: Tensor, added: Tensor | None) -> Tensor:
        result = exact(kernel, inputs, added)
        return result if len(inputs) == 4 else result.nextafter(torch.tensor(torch.inf))

    monkeypatch.setattr(BlasKernel, "__call__", rounds_by_rows)
    weight, inputs = torch.randn(5, 6), torch.randn(8, 6)
    added = None if added_rows is None else torch.randn(added_rows, 5)
    parts = [None, None] if added is None else added.expand(8, -1).split(4)
    kernel = BlasKernel(weight, torch.float32, 4)
    expected = torch.cat([exact(kernel, rows, part) for rows, part in zip(inputs.split(4), parts, strict=True)])
    assert torch.equal(RowProduct(weight, 8)(inputs, added), expected)
