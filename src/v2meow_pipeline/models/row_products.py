"""Matrix products whose result for a row does not depend on the number of rows beside it.

BLAS libraries choose the kernel, and with it the order of summation, by the number of rows. So products are computed
with a multiple of `row_block` rows, and where a product of all rows still rounds differently than the product of one
block, it is computed block by block.

Shapes: `row` a multiple of `row_block` rows, `width_in` and `width_out` sizes of the matrix.
"""

import torch
from jaxtyping import Float
from torch import Tensor

# On a CPU the product of 4 rows takes little longer than that of 2; on a GPU 32 rows take as long as one.
CPU_ROWS, GPU_ROWS = 4, 32


def row_block(device: torch.device) -> int:
    """Number of rows of a block."""
    return CPU_ROWS if device.type == "cpu" else GPU_ROWS


def padded_rows(rows: int, device: torch.device) -> int:
    """`rows` rounded up to a multiple of `row_block`."""
    block = row_block(device)
    return -(-rows // block) * block


class RowProduct:
    """Product of a fixed number of rows with a constant matrix."""

    def __init__(self, matrix: Float[Tensor, "width_in width_out"], rows: int) -> None:
        """Stores the matrix, and tests whether the product of all rows equals that of each block.

        The kernel depends only on the shapes, and another order of summation changes the last bit of many of these
        random products, so the test detects it.

        Args:
            matrix: the matrix; small products are fastest if it is contiguous.
            rows: number of rows, a multiple of `row_block`.
        """
        self.matrix = matrix
        self.block = row_block(matrix.device)
        if rows > self.block and self._depends_on_row_alone(rows):
            self.block = rows

    def __call__(
        self, inputs: Float[Tensor, "row width_in"], added: Float[Tensor, "#row width_out"] | None = None
    ) -> Float[Tensor, "row width_out"]:
        """Product of each row with the matrix, plus `added`."""
        if self.block == len(inputs):
            return _product(inputs, self.matrix, added)
        parts = [None] * len(inputs) if added is None else added.expand(len(inputs), -1).split(self.block)
        blocks = zip(inputs.split(self.block), parts, strict=False)
        return torch.cat([_product(rows, self.matrix, part) for rows, part in blocks])

    def _depends_on_row_alone(self, rows: int) -> bool:
        generator = torch.Generator().manual_seed(0)
        inputs, added = (torch.randn(rows, size, generator=generator).to(self.matrix) for size in self.matrix.shape)
        return all(torch.equal(self(inputs, part), _product(inputs, self.matrix, part)) for part in (None, added))


def _product(inputs: Tensor, matrix: Tensor, added: Tensor | None) -> Tensor:
    return torch.mm(inputs, matrix) if added is None else torch.addmm(added, inputs, matrix)
