"""Smoothing of quantized frames: a Wiener filter over neighbouring frames, fitted by ridge regression.

Overlapping frames change slowly, while the quantization errors of neighbouring frames are nearly independent, so a
linear estimate from a few frames reduces the error. Each number of levels has its own filter.
"""

import numpy as np
from jaxtyping import Float

RIDGE = 1e-3


def with_neighbours(frames: Float[np.ndarray, "*run t width"], context: int) -> Float[np.ndarray, "*run t stacked"]:
    """Stacks each frame with `context` frames on each side and a constant 1; the end frames are repeated."""
    t = frames.shape[-2]
    indices = np.clip(np.arange(t)[:, None] + np.arange(-context, context + 1), 0, max(t - 1, 0))
    stacked = frames[..., indices, :].reshape(*frames.shape[:-1], -1)
    return np.concatenate([stacked, np.ones_like(stacked[..., :1])], axis=-1)


def fit_smoother(
    quantized: Float[np.ndarray, "run t width"], original: Float[np.ndarray, "run t width"], context: int
) -> Float[np.ndarray, "stacked width"]:
    """Fits the ridge regression matrix from `with_neighbours(quantized)` to `original`.

    Args:
        quantized: runs of consecutive quantized frames.
        original: the same frames before quantization.
        context: neighbouring frames on each side.

    Returns:
        Matrix with (2 * context + 1) * width + 1 rows.
    """
    inside = slice(context, quantized.shape[1] - context)
    inputs = with_neighbours(quantized, context)[:, inside].reshape(-1, (2 * context + 1) * quantized.shape[2] + 1)
    targets = original[:, inside].reshape(len(inputs), -1)
    gram = (inputs.T @ inputs).astype(np.float64)
    gram[np.diag_indices_from(gram)] += RIDGE * len(inputs)
    return np.linalg.solve(gram, (inputs.T @ targets).astype(np.float64)).astype(np.float32)
