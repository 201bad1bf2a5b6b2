"""K-means in NumPy: seeded, single-threaded unless BLAS is told otherwise, the same result every time.

Lloyd's iterations run first on a quarter of the rows, which costs little and brings the centres near, then on all of
them, without which the last residual levels of a codec would fit their own sample only. In between, centres that take
few rows are moved beside crowded ones: otherwise, in many dimensions, many centres keep an outlier each (on held-out
music the sixth level of the codec had 419 of 1,024 codes in effective use without this, 800 with it, at a lower error).
"""

import numpy as np
from jaxtyping import Float, Int

ROWS_AT_ONCE = 8192
POOR_SHARE = 0.25
NUDGE = 0.02


def nearest(rows: Float[np.ndarray, "n width"], centres: Float[np.ndarray, "k width"]) -> Int[np.ndarray, " n"]:
    """The index of the centre nearest to each row, in Euclidean distance."""
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
    """Centres that are each the mean of the rows nearest to them.

    Args:
        rows: what is clustered.
        k: number of centres; with fewer rows, some centres repeat.
        seed: of the initial choice of rows, and of the nudges that part a centre in two.
        coarse_iterations: Lloyd's iterations on a quarter of the rows.
        full_iterations: Lloyd's iterations on all rows.
        fixed: the first centres, which take rows but never move.

    Returns:
        The centres.
    """
    rng = np.random.default_rng(seed)
    spread = rows.std(0)
    held = 0 if fixed is None else len(fixed)
    centres = rows[rng.choice(len(rows), k, replace=len(rows) < k)].astype(np.float32)
    if fixed is not None:
        centres[:held] = fixed
    subset = rows[rng.permutation(len(rows))[: max(len(rows) // 4, min(len(rows), 20 * k))]]
    samples = [subset] * coarse_iterations + [rows] * full_iterations
    for left, sample in zip(range(len(samples) - 1, -1, -1), samples, strict=True):
        means, counts = _means(sample, nearest(sample, centres), k)
        poor = np.flatnonzero(counts < (POOR_SHARE * len(sample) / k if left else 1))
        nudges = NUDGE * rng.standard_normal((len(poor), rows.shape[1])).astype(np.float32) * spread
        means[poor] = means[np.argsort(-counts, kind="stable")[: len(poor)]] + nudges
        centres[held:] = means[held:]
    return centres


def _means(
    rows: Float[np.ndarray, "n width"], labels: Int[np.ndarray, " n"], k: int
) -> tuple[Float[np.ndarray, "k width"], Int[np.ndarray, " k"]]:
    """The mean row of each label (zero where there is none) and how many rows have it."""
    counts = np.bincount(labels, minlength=k)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    used = counts > 0
    means = np.zeros((k, rows.shape[1]), np.float32)
    means[used] = np.add.reduceat(rows[np.argsort(labels, kind="stable")], starts[used], axis=0)
    means[used] /= counts[used, None]
    return means, counts
