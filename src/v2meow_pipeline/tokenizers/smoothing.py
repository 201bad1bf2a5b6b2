"""A better guess of each quantized frame from its neighbours.

Frames overlap, so the sound changes slowly from one to the next, while the quantizer's errors in neighbouring frames
are nearly independent: the best linear estimate from a few frames (a Wiener filter, found by ridge regression) removes
a good part of the error, at each number of levels its own.
"""

import numpy as np
from jaxtyping import Float

RIDGE = 1e-3


def with_neighbours(frames: Float[np.ndarray, "*run t width"], context: int) -> Float[np.ndarray, "*run t stacked"]:
    """Each frame with `context` frames on either side and a constant 1; ends are repeated."""
    t = frames.shape[-2]
    places = np.clip(np.arange(t)[:, None] + np.arange(-context, context + 1), 0, max(t - 1, 0))
    stacked = frames[..., places, :].reshape(*frames.shape[:-1], -1)
    return np.concatenate([stacked, np.ones_like(stacked[..., :1])], axis=-1)


def fit_smoother(
    quantized: Float[np.ndarray, "run t width"], original: Float[np.ndarray, "run t width"], context: int
) -> Float[np.ndarray, "stacked width"]:
    """The matrix that maps `with_neighbours(quantized)` nearest to `original`, in the least-squares sense.

    Args:
        quantized: runs of consecutive frames, as the quantizer returns them.
        original: the same frames before quantization.
        context: neighbours on either side.

    Returns:
        A matrix of (2 * context + 1) * width + 1 rows.
    """
    inside = slice(context, quantized.shape[1] - context)
    inputs = with_neighbours(quantized, context)[:, inside].reshape(-1, (2 * context + 1) * quantized.shape[2] + 1)
    targets = original[:, inside].reshape(len(inputs), -1)
    gram = (inputs.T @ inputs).astype(np.float64)
    gram[np.diag_indices_from(gram)] += RIDGE * len(inputs)
    return np.linalg.solve(gram, (inputs.T @ targets).astype(np.float64)).astype(np.float32)
