"""Association between the look of a video and the genre of the generated music.

Conventions: a look is a category of the video (palette, scene), a genre a category of the generated music; a clip is
one (look, genre) pair. The lift of a pair is P(genre | look) / P(genre), range [0, inf): 1 means independence, 2 that
the genre is twice as frequent with this look. A lift is not a fault as such: music should fit the video. Compare it
with the lift of the reference's genres, assigned by the same classifier, to see what the generator adds to its data.

Strength of the association: Cramer's V with Bergsma's correction (2013), in [0, 1]; without the correction, small
tables of many categories appear associated by chance. Significance: a permutation test of chi squared, which is valid
for small counts too. Some of many intervals exclude 1 by chance: read the p-value first. The unit is the clip: one clip
per video, one seed per clip.

Source: the paper's ethics section (stereotyped associations of people, places and music); Bergsma 2013.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.metrics.bootstrap import REPLICATES, Interval, percentile_interval, resamples
from v2meow_pipeline.metrics.validate import Array, Indices
from v2meow_pipeline.seeding import derive_seed

PERMUTATIONS = 999
Counts = npt.NDArray[np.int64]


class Contingency(NamedTuple):
    """Contingency table of looks and genres.

    Attributes:
        looks: names of the rows, sorted.
        genres: names of the columns, sorted.
        counts: number of clips, `[look, genre]`; no row or column is empty.
    """

    looks: tuple[str, ...]
    genres: tuple[str, ...]
    counts: Counts


class Bias(NamedTuple):
    """Association of looks and genres.

    Attributes:
        table: contingency table.
        lift: (look, genre) -> lift with its interval over clips; n is the number of clips with this look.
        cramers_v: bias-corrected Cramer's V in [0, 1]; NaN for a single look or a single genre.
        p_value: p-value of the permutation test; NaN for a single look or a single genre.
        n: number of clips.
    """

    table: Contingency
    lift: dict[tuple[str, str], Interval]
    cramers_v: float
    p_value: float
    n: int

    def scores(self, of: str) -> dict[str, float]:
        """`bias_cramers_v_<of>` and `bias_p_value_<of>`; `of` names the kinds of look and genre."""
        return {f"bias_cramers_v_{of}": self.cramers_v, f"bias_p_value_{of}": self.p_value}


def contingency(looks: Sequence[str], genres: Sequence[str]) -> Contingency:
    """Contingency table of two categorical variables.

    Args:
        looks: look of each clip.
        genres: genre of each clip, in the same order.

    Returns:
        The table.

    Raises:
        ValueError: if there is no clip, the numbers differ, or a category is missing (empty, or not a string: NaN).
    """
    rows, row = _categories(looks)
    columns, column = _categories(genres)
    if len(row) != len(column):
        raise ValueError(f"{len(row)} looks and {len(column)} genres cannot belong to the same clips")
    return Contingency(rows, columns, _counted(row, column, len(rows), len(columns)))


def lifts_of_counts(counts: Array | Counts) -> Array:
    """Lift P(genre | look) / P(genre) of each cell.

    Args:
        counts: number of clips, `[..., look, genre]`.

    Returns:
        Lifts in the same shape; NaN in a row or column without clips.
    """
    table = np.asarray(counts, dtype=np.float64)
    expected = _expected(table)
    return np.divide(table, expected, out=np.full(table.shape, np.nan), where=expected > 0)


def cramers_v(counts: Array | Counts) -> float:
    """Bias-corrected Cramer's V (Bergsma 2013).

    Args:
        counts: number of clips, `[look, genre]`, without empty rows and columns.

    Returns:
        Cramer's V in [0, 1]; NaN with a single row or column, or fewer than two clips.

    Raises:
        ValueError: if it is not a table of counts, or a row or column is empty.
    """
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim != 2 or table.size == 0 or not (table >= 0).all():
        raise ValueError(f"expected non-negative counts [look, genre], got an array of shape {table.shape}")
    if not (table.sum(axis=0).all() and table.sum(axis=1).all()):
        raise ValueError("a row or column of the table is empty")
    n, (rows, columns) = table.sum(), table.shape
    if min(rows, columns) < 2 or n < 2:
        return float("nan")
    phi = max(0.0, _chi_squared(table) / n - (rows - 1) * (columns - 1) / (n - 1))
    smaller = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1
    # With as many categories as clips, the corrected denominator is 0.
    return float(np.sqrt(min(1.0, phi / smaller))) if smaller > 0 else float("nan")


def permutation_p_value(looks: Sequence[str], genres: Sequence[str], seed: int) -> float:
    """P-value of the permutation test of chi squared.

    Args:
        looks: look of each clip.
        genres: genre of each clip, in the same order.
        seed: seeds the 999 permutations.

    Returns:
        P-value in (0, 1]; NaN for a single look or a single genre.

    Raises:
        ValueError: see `contingency`.
    """
    counts = contingency(looks, genres).counts
    if min(counts.shape) < 2:
        return float("nan")
    (_, row), (_, column) = _categories(looks), _categories(genres)
    observed = _chi_squared(counts.astype(np.float64))
    rng = np.random.default_rng(derive_seed(seed, "bias"))
    drawn = (_counted(row, rng.permutation(column), *counts.shape) for _ in range(PERMUTATIONS))
    as_much = sum(_chi_squared(table.astype(np.float64)) >= observed * (1 - 1e-12) for table in drawn)
    return (1 + as_much) / (1 + PERMUTATIONS)


def association(looks: Sequence[str], genres: Sequence[str], seed: int, replicates: int = REPLICATES) -> Bias:
    """Association of looks of videos and genres of music.

    Args:
        looks: look of each clip.
        genres: genre of each clip, in the same order.
        seed: seeds the bootstrap resampling and the permutations.
        replicates: number of bootstrap resamples of clips, for 95 % intervals.

    Returns:
        Contingency table, lifts with intervals, Cramer's V and p-value. A resample without a look or genre has no lift
        for that pair and is left out of its interval.

    Raises:
        ValueError: see `contingency`.
    """
    table = contingency(looks, genres)
    (_, row), (_, column) = _categories(looks), _categories(genres)
    draws = resamples(len(row), replicates, seed)
    drawn = lifts_of_counts(np.stack([_counted(row[draw], column[draw], *table.counts.shape) for draw in draws]))
    values, of_look = lifts_of_counts(table.counts), table.counts.sum(axis=1)
    lift = {
        (look, genre): percentile_interval(float(values[i, j]), drawn[~np.isnan(drawn[:, i, j]), i, j], int(of_look[i]))
        for i, look in enumerate(table.looks)
        for j, genre in enumerate(table.genres)
    }
    return Bias(table, lift, cramers_v(table.counts), permutation_p_value(looks, genres, seed), len(row))


def _expected(table: Array) -> Array:
    products = table.sum(axis=-1, keepdims=True) * table.sum(axis=-2, keepdims=True)
    return products / table.sum(axis=(-2, -1), keepdims=True)


def _chi_squared(table: Array) -> float:
    expected = _expected(table)
    return float(((table - expected) ** 2 / expected).sum())


def _counted(row: Indices, column: Indices, rows: int, columns: int) -> Counts:
    return np.bincount(row * columns + column, minlength=rows * columns).reshape(rows, columns)


def _categories(labels: Sequence[str]) -> tuple[tuple[str, ...], Indices]:
    """Sorted names, and the index of each clip's name."""
    if len(labels) == 0:
        raise ValueError("no clip to count")
    missing = [clip for clip, label in enumerate(labels) if not isinstance(label, str) or not label]
    if missing:
        raise ValueError(f"clip {missing[0]} has no category: {labels[missing[0]]!r}")
    names, codes = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
    return tuple(str(name) for name in names), codes
