"""How much a generator varies: between seeds of one clip, and between clips.

Conventions: the mean cosine distance (1 - cosine) over pairs of embeddings, range [0, 2], 0 for copies. Neither large
nor small is better by itself. Read it beside the ground truth's: a generator that ignores the video varies as much
between seeds as between clips; one that has collapsed varies in neither. The key names the embedder.

Source: mean pairwise distance as in Zhu et al. 2017 (BicycleGAN), with cosines in place of LPIPS.
"""

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.metrics.validate import unit_vectors


def mean_pairwise_distance(embeddings: npt.ArrayLike) -> float:
    """Mean cosine distance over all pairs.

    Args:
        embeddings: one an item, `[n, width]`, n >= 2.

    Returns:
        In [0, 2]; in fact at most n / (n - 1), since not all vectors can point away from each other.

    Raises:
        ValueError: if there are fewer than two items, or one has length 0 or is not finite.
    """
    items = unit_vectors(embeddings)
    if items.ndim != 2 or len(items) < 2:
        raise ValueError(f"embeddings [n, width] of at least two items are needed, not {items.shape}")
    n = len(items)
    # The sum over all pairs of cosines is the squared length of the sum, less each with itself.
    cosines = (float((items.sum(axis=0) ** 2).sum()) - n) / (n * (n - 1))
    return float(np.clip(1 - cosines, 0, 2))


def between_seeds(embeddings: npt.ArrayLike) -> float:
    """Distance between seeds of one clip, mean over clips.

    Args:
        embeddings: `[clip, seed, width]`, at least two seeds.

    Returns:
        In [0, 2].

    Raises:
        ValueError: as `mean_pairwise_distance`.
    """
    return float(np.mean([mean_pairwise_distance(clip) for clip in _require_grid(embeddings)]))


def between_clips(embeddings: npt.ArrayLike) -> float:
    """Distance between clips generated with one seed, mean over seeds.

    Args:
        embeddings: `[clip, seed, width]`, at least two clips.

    Returns:
        In [0, 2].

    Raises:
        ValueError: as `mean_pairwise_distance`.
    """
    return float(np.mean([mean_pairwise_distance(clips) for clips in _require_grid(embeddings).swapaxes(0, 1)]))


def evaluate(embeddings: npt.ArrayLike, embedder: str) -> dict[str, float]:
    """Both diversities of a set.

    Args:
        embeddings: `[clip, seed, width]`; one seed will do for the diversity between clips.
        embedder: its name, for the keys.

    Returns:
        `diversity_clips_<embedder>`, and `diversity_seeds_<embedder>` where there are several seeds.
    """
    grid = _require_grid(embeddings)
    scores = {f"diversity_clips_{embedder}": between_clips(grid)}
    if grid.shape[1] > 1:
        scores[f"diversity_seeds_{embedder}"] = between_seeds(grid)
    return scores


def _require_grid(embeddings: npt.ArrayLike) -> npt.NDArray[np.float64]:
    grid = np.asarray(embeddings, dtype=np.float64)
    if grid.ndim != 3 or grid.size == 0:
        raise ValueError(f"embeddings [clip, seed, width] are needed, not an array of shape {grid.shape}")
    return grid
