"""Pictures as rows of patches, and back.

Shapes: `batch` pictures, `height` and `width` pixels, `token` patches in reading order, `value` 3 x patch x patch.
"""

from jaxtyping import Float
from torch import Tensor


def patchify(images: Float[Tensor, "batch 3 height width"], patch_px: int) -> Float[Tensor, "batch token value"]:
    """The square patches of pictures, left to right, then top to bottom.

    Args:
        images: sides are multiples of the patch.
        patch_px: side of a patch.

    Returns:
        The pixels of each patch: colour, then row, then column.
    """
    batch, colours, height, width = images.shape
    rows, columns = height // patch_px, width // patch_px
    cut = images.view(batch, colours, rows, patch_px, columns, patch_px)
    return cut.permute(0, 2, 4, 1, 3, 5).reshape(batch, rows * columns, colours * patch_px**2)


def unpatchify(patches: Float[Tensor, "batch token value"], patch_px: int) -> Float[Tensor, "batch 3 height width"]:
    """The inverse of `patchify` for square pictures.

    Args:
        patches: a square number of them.
        patch_px: side of a patch.

    Returns:
        The pictures.
    """
    batch, tokens, values = patches.shape
    grid, colours = round(tokens**0.5), values // patch_px**2
    cut = patches.view(batch, grid, grid, colours, patch_px, patch_px)
    return cut.permute(0, 3, 1, 4, 2, 5).reshape(batch, colours, grid * patch_px, grid * patch_px)
