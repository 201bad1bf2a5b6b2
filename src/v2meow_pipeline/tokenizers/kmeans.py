"""Deterministic k-means in NumPy.

Lloyd iterations run first on a quarter of the rows, to get close cheaply, and then on all rows, without which the last
residual levels of a codec overfit the sample. After each iteration, centres with few rows are moved next to the largest
clusters; otherwise, in many dimensions, many centres keep a single outlier (on held-out music the sixth level of the
codec had a perplexity of 419 of 1,024 codes without this, and 800 with it, at a lower error).
"""

import numpy as np
from jaxtyping import Float, Int

ROWS_AT_ONCE = 8192
POOR_SHARE = 0.25
NUDGE = 0.02


def nearest(rows: Float[np.ndarray, "n width"], centres: Float[np.ndarray, "k width"]) -> Int[np.ndarray, " n"]:
    """Index of the nearest centre of each row, by Euclidean distance."""
    half_norms = 0.5 * np.einsum("kw,kw->k", centres, centres)
    found = [(rows[i : i + ROWS_AT_ONCE] @ centres.T - half_norms).argmax(1) for i in range(0, len(rows), ROWS_AT_ONCE)]
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def fit_centres(
    rows: Float[np.ndarray, "n width"],
    k: int,
    seed: int,
    coarse_iterations: int = 4,
    full_iterations: int = 2,
    fixed: Float[np.ndarray, "m width"] | None = None,
) -> Float[np.ndarray, "k width"]:
    """Fits k-means centres.

    Args:
        rows: vectors to cluster.
        k: number of centres; if there are fewer rows, some centres repeat.
        seed: seeds the initial centres and the perturbations when a centre is split.
        coarse_iterations: Lloyd iterations on a quarter of the rows.
        full_iterations: Lloyd iterations on all rows.
        fixed: fixed first centres, which rows are assigned to but which are not updated.

    Returns:
        The centres.
    """
    rng = np.random.default_rng(seed)
    deviation = rows.std(0)
    n_fixed = 0 if fixed is None else len(fixed)
    centres = rows[rng.choice(len(rows), k, replace=len(rows) < k)].astype(np.float32)
    if fixed is not None:
        centres[:n_fixed] = fixed
    subset = rows[rng.permutation(len(rows))[: max(len(rows) // 4, min(len(rows), 20 * k))]]
    samples = [subset] * coarse_iterations + [rows] * full_iterations
    for remaining, sample in zip(range(len(samples) - 1, -1, -1), samples, strict=True):
        means, counts = _means(sample, nearest(sample, centres), k)
        poor = np.flatnonzero(counts < (POOR_SHARE * len(sample) / k if remaining else 1))
        noise = NUDGE * rng.standard_normal((len(poor), rows.shape[1])).astype(np.float32) * deviation
        means[poor] = means[np.argsort(-counts, kind="stable")[: len(poor)]] + noise
        centres[n_fixed:] = means[n_fixed:]
    return centres


def _means(
    rows: Float[np.ndarray, "n width"], labels: Int[np.ndarray, " n"], k: int
) -> tuple[Float[np.ndarray, "k width"], Int[np.ndarray, " k"]]:
    """Mean row of each label (zero if it has no rows), and the number of its rows."""
    counts = np.bincount(labels, minlength=k)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    used = counts > 0
    means = np.zeros((k, rows.shape[1]), np.float32)
    means[used] = np.add.reduceat(rows[np.argsort(labels, kind="stable")], starts[used], axis=0)
    means[used] /= counts[used, None]
    return means, counts
