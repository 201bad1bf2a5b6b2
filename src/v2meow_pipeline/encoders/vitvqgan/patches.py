"""Conversion of images to sequences of patches, and back.

Shapes: `batch` images, `height` and `width` in pixels, `token` patches in row-major order, `value` 3 x patch x patch
values.
"""

from jaxtyping import Float
from torch import Tensor


def patchify(images: Float[Tensor, "batch 3 height width"], patch_px: int) -> Float[Tensor, "batch token value"]:
    """Splits images into square patches, in row-major order.

    Args:
        images: images whose sides are multiples of `patch_px`.
        patch_px: side of a patch.

    Returns:
        Pixels of each patch, ordered by colour, row and column.
    """
    batch, colours, height, width = images.shape
    rows, columns = height // patch_px, width // patch_px
    cut = images.view(batch, colours, rows, patch_px, columns, patch_px)
    return cut.permute(0, 2, 4, 1, 3, 5).reshape(batch, rows * columns, colours * patch_px**2)


def unpatchify(patches: Float[Tensor, "batch token value"], patch_px: int) -> Float[Tensor, "batch 3 height width"]:
    """Inverse of `patchify` for square images.

    Args:
        patches: patches, a square number per image.
        patch_px: side of a patch.

    Returns:
        The images.
    """
    batch, tokens, values = patches.shape
    grid, colours = round(tokens**0.5), values // patch_px**2
    cut = patches.view(batch, grid, grid, colours, patch_px, patch_px)
    return cut.permute(0, 3, 1, 4, 2, 5).reshape(batch, colours, grid * patch_px, grid * patch_px)
