"""Diversity of generated music: between seeds of one clip, and between clips.

Conventions: the mean cosine distance (1 - cosine) over pairs of embeddings, range [0, 2], 0 for copies. Neither large
nor small values are better as such; compare with the ground truth's value. A generator that ignores the video varies as
much between seeds as between clips; a collapsed one does not vary at all. The metric key names the embedder.

Source: mean pairwise distance as in Zhu et al. 2017 (BicycleGAN), with cosines in place of LPIPS.
"""

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.metrics.validate import unit_vectors


def mean_pairwise_distance(embeddings: npt.ArrayLike) -> float:
    """Mean cosine distance over all pairs of embeddings.

    Args:
        embeddings: one vector per item, `[n, width]`, n >= 2.

    Returns:
        Mean cosine distance in [0, n / (n - 1)].

    Raises:
        ValueError: if there are fewer than two items, or an embedding is zero or not finite.
    """
    items = unit_vectors(embeddings)
    if items.ndim != 2 or len(items) < 2:
        raise ValueError(f"expected embeddings [n, width] of at least two items, got shape {items.shape}")
    n = len(items)
    # Sum of the cosines of all pairs = squared norm of the sum of unit vectors - n (each vector with itself).
    cosines = (float((items.sum(axis=0) ** 2).sum()) - n) / (n * (n - 1))
    return float(np.clip(1 - cosines, 0, 2))


def between_clips(embeddings: npt.ArrayLike) -> float:
    """Mean cosine distance between clips generated with the same seed, averaged over seeds.

    Args:
        embeddings: embeddings `[clip, seed, width]` of at least two clips.

    Returns:
        Distance in [0, 2].

    Raises:
        ValueError: see `mean_pairwise_distance`.
    """
    return float(np.mean([mean_pairwise_distance(clips) for clips in _require_grid(embeddings).swapaxes(0, 1)]))


def _require_grid(embeddings: npt.ArrayLike) -> npt.NDArray[np.float64]:
    grid = np.asarray(embeddings, dtype=np.float64)
    if grid.ndim != 3 or grid.size == 0:
        raise ValueError(f"expected embeddings [clip, seed, width], got an array of shape {grid.shape}")
    return grid
