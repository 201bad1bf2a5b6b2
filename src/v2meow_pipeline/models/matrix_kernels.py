"""Products of a few rows with a constant matrix: one kernel per precision and size of the matrix.

Decoding one position multiplies few rows with every weight of the decoder, so reading the weights takes most of the
time. Half of the bits halve that time (bfloat16), a quarter of the bits quarters it (int8).

oneDNN's packed layout and the int8 product have no public name in PyTorch; this is the only module that calls them, and
`tests/models/test_matrix_kernels.py` compares them with plain products.

Shapes: `row` rows, `width_in` and `width_out` sizes of the matrix.
"""

import platform
from typing import Literal, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from v2meow_pipeline.errors import ConfigError

ProductPrecision = Literal["float32", "bfloat16", "int8"]
FULL: ProductPrecision = "float32"

# On a CPU the product of 4 rows takes little longer than that of 2; on a GPU 32 rows take as long as one.
CPU_ROWS, GPU_ROWS = 4, 32
# Fewest elements of a matrix for which packing is faster than the BLAS library; a call of a packed product costs 20 µs.
LEAST_PACKED = 2**20
# The int8 product reads blocks of 32 inputs.
INT8_INPUTS = 32
LARGEST_INT8 = 127


@runtime_checkable
class MatrixKernel(Protocol):
    """Product of rows with a matrix.

    Attributes:
        row_block: the product of this many rows, or of a multiple, is efficient, and is the same for each row if
            `RowProduct` finds no difference.
    """

    row_block: int

    def __call__(
        self, inputs: Float[Tensor, "row width_in"], added: Float[Tensor, "#row width_out"] | None
    ) -> Float[Tensor, "row width_out"]:
        """Product of each row with the matrix, plus `added`, in float32."""
        ...


def matrix_kernel(weight: Float[Tensor, "width_out width_in"], precision: ProductPrecision) -> MatrixKernel:
    """Selects the kernel; the choice depends only on the size of the matrix, the precision, and the machine.

    Args:
        weight: the matrix, as `nn.Linear` stores it; it is copied.
        precision: precision of weights and inputs; sums are in float32.

    Returns:
        The kernel.

    Raises:
        ConfigError: when the device cannot compute with this precision.
    """
    device = weight.device
    if precision not in supported_precisions(device):
        supported = ", ".join(supported_precisions(device))
        raise ConfigError(f"This {device.type.upper()} does not compute in {precision}.", f"Supported: {supported}.")
    if precision == "int8":
        return Int8Kernel(weight)
    dtype = torch.float32 if precision == FULL else torch.bfloat16
    if device.type != "cpu":
        return BlasKernel(weight, dtype, GPU_ROWS)
    if precision == "bfloat16" or (weight.numel() >= LEAST_PACKED and _packs()):
        return PackedKernel(weight, dtype)
    return BlasKernel(weight, dtype, CPU_ROWS)


def supported_precisions(device: torch.device) -> tuple[ProductPrecision, ...]:
    """Precisions that the device computes with: int8 on CPUs, bfloat16 on GPUs and on CPUs with such instructions."""
    if device.type != "cpu":
        return FULL, "bfloat16"
    has_bfloat16 = _packs() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return (FULL, "bfloat16", "int8") if has_bfloat16 else (FULL, "int8")


class BlasKernel:
    """Product of the BLAS library."""

    def __init__(self, weight: Float[Tensor, "width_out width_in"], dtype: torch.dtype, row_block: int) -> None:
        # Small products are fastest in this layout.
        self.matrix, self.row_block = weight.to(dtype).t().contiguous(), row_block

    def __call__(self, inputs: Tensor, added: Tensor | None) -> Tensor:
        """See `MatrixKernel`."""
        if self.matrix.dtype != inputs.dtype:
            return _sum(torch.mm(inputs.to(self.matrix.dtype), self.matrix), added, inputs.dtype)
        return torch.mm(inputs, self.matrix) if added is None else torch.addmm(added, inputs, self.matrix)


class PackedKernel:
    """Product of oneDNN with a matrix in the layout that its kernels read.

    Four rows take as long as one, since both wait for the weights.
    """

    row_block = CPU_ROWS

    def __init__(self, weight: Float[Tensor, "width_out width_in"], dtype: torch.dtype) -> None:
        self.dtype = dtype
        self.matrix = torch.ops.mkldnn._reorder_linear_weight(weight.detach().to(dtype).contiguous(), CPU_ROWS)

    def __call__(self, inputs: Tensor, added: Tensor | None) -> Tensor:
        """See `MatrixKernel`."""
        values = inputs.to(self.dtype)
        product: Tensor = torch.ops.mkldnn._linear_pointwise(values, self.matrix, None, "none", [], "")
        return _sum(product, added, inputs.dtype)


class Int8Kernel:
    """Product with weights in int8, with one scale per output, and inputs in bfloat16; each row is computed alone."""

    row_block = 1

    def __init__(self, weight: Float[Tensor, "width_out width_in"]) -> None:
        weight = weight.detach().float()
        self.scale = (weight.abs().amax(dim=1) / LARGEST_INT8).clamp(min=torch.finfo(torch.float32).tiny).bfloat16()
        rounded = (weight / self.scale.float()[:, None]).round().clamp(-LARGEST_INT8, LARGEST_INT8)
        self.missing = -weight.shape[1] % INT8_INPUTS
        self.matrix = pad(rounded, (0, self.missing)).to(torch.int8)

    def __call__(self, inputs: Tensor, added: Tensor | None) -> Tensor:
        """See `MatrixKernel`."""
        values = inputs.bfloat16()
        if self.missing:
            values = pad(values, (0, self.missing))
        return _sum(torch._weight_int8pack_mm(values, self.matrix, self.scale), added, inputs.dtype)


def _sum(product: Tensor, added: Tensor | None, dtype: torch.dtype) -> Tensor:
    return product.to(dtype) if added is None else added + product


def _packs() -> bool:
    """Whether PyTorch contains oneDNN with the kernels that packing was measured with."""
    return torch.backends.mkldnn.is_available() and platform.machine() in ("x86_64", "AMD64")
