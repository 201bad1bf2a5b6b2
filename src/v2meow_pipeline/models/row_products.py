"""Matrix products whose result for a row does not depend on the number of rows beside it.

Libraries choose the kernel, and with it the order of summation, by the number of rows. So products are computed
with a multiple of the kernel's `row_block`, and where a product of all rows still rounds differently than the product
of one block, it is computed block by block.

Shapes: `row` a multiple of `row_block` rows, `width_in` and `width_out` sizes of the matrix.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from v2meow_pipeline.models.matrix_kernels import CPU_ROWS, FULL, GPU_ROWS, Int8Kernel, ProductPrecision, matrix_kernel


def padded_rows(rows: int, device: torch.device, precision: ProductPrecision = FULL) -> int:
    """`rows` rounded up to a multiple of `row_block`."""
    block = GPU_ROWS if device.type != "cpu" else Int8Kernel.row_block if precision == "int8" else CPU_ROWS
    return -(-rows // block) * block


class RowProduct:
    """Product of a fixed number of rows with a constant matrix."""

    def __init__(
        self, weight: Float[Tensor, "width_out width_in"], rows: int, precision: ProductPrecision = FULL
    ) -> None:
        """Stores the matrix, and tests whether the product of all rows equals that of each block.

        The kernel depends only on the shapes, and another order of summation changes the last bit of many of these
        random products, so the test detects it.

        Args:
            weight: the matrix, as `nn.Linear` stores it; it is copied.
            rows: number of rows, a multiple of `row_block`.
            precision: see `matrix_kernel`.
        """
        self.kernel = matrix_kernel(weight, precision)
        self.block = self.kernel.row_block
        if rows > self.block and self._depends_on_row_alone(weight, rows):
            self.block = rows

    def __call__(
        self, inputs: Float[Tensor, "row width_in"], added: Float[Tensor, "#row width_out"] | None = None
    ) -> Float[Tensor, "row width_out"]:
        """Product of each row with the matrix, plus `added`."""
        if self.block == len(inputs):
            return self.kernel(inputs, added)
        parts = [None] * len(inputs) if added is None else added.expand(len(inputs), -1).split(self.block)
        blocks = zip(inputs.split(self.block), parts, strict=False)
        return torch.cat([self.kernel(rows, part) for rows, part in blocks])

    def _depends_on_row_alone(self, weight: Tensor, rows: int) -> bool:
        generator = torch.Generator().manual_seed(0)
        inputs, added = (torch.randn(rows, size, generator=generator).to(weight) for size in reversed(weight.shape))
        return all(torch.equal(self(inputs, part), self.kernel(inputs, part)) for part in (None, added))
