"""How far two samples lie apart: new clips from those that a model was trained on.

Conventions: distances are in [0, 1], 0 for the same distribution, so that one threshold can hold for all. Two small
samples of one distribution lie apart by chance, so each distance comes with the probability of being as large where
both are of one distribution. Categories: Jensen-Shannon distance, base 2 (Lin 1991), with a permutation test. Numbers:
the two-sample Kolmogorov-Smirnov statistic with its p-value; beside it the Wasserstein distance in standard deviations
of the reference, which says how far, where Kolmogorov-Smirnov says how many.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.metrics.validate import Array
from v2meow_pipeline.seeding import derive_seed

PERMUTATIONS = 999


class Drift(NamedTuple):
    """How far the new sample lies from the reference.

    Attributes:
        distance: in [0, 1].
        p_value: probability of such a distance where both are of one distribution.
        shift: of numbers, Wasserstein distance in standard deviations of the reference; NaN of categories.
        n_reference: values of the reference.
        n_new: new values.
    """

    distance: float
    p_value: float
    shift: float
    n_reference: int
    n_new: int


def category_drift(reference: Sequence[str], new: Sequence[str], seed: int) -> Drift:
    """Drift of a category.

    Args:
        reference: one label a clip.
        new: one label a clip.
        seed: of the permutations.

    Returns:
        The Jensen-Shannon distance and its p-value.

    Raises:
        ValueError: if a sample is empty.
    """
    _require(reference, new)
    _, codes = np.unique(np.asarray([*reference, *new], dtype=str), return_inverse=True)
    kinds, n = int(codes.max()) + 1, len(reference)
    observed = _jensen_shannon(codes[:n], codes[n:], kinds)
    rng = np.random.default_rng(derive_seed(seed, "drift"))
    drawn = (rng.permutation(codes) for _ in range(PERMUTATIONS))
    as_far = sum(_jensen_shannon(order[:n], order[n:], kinds) >= observed - 1e-12 for order in drawn)
    return Drift(observed, (1 + as_far) / (1 + PERMUTATIONS), float("nan"), n, len(new))


def number_drift(reference: npt.ArrayLike, new: npt.ArrayLike) -> Drift:
    """Drift of a number.

    Args:
        reference: one value a clip; NaN where there is none: it is left out and not counted.
        new: likewise.

    Returns:
        The Kolmogorov-Smirnov statistic, its p-value, and the shift; the latter is 0 or infinite where the reference
        does not vary.

    Raises:
        ValueError: if a sample has no value.
    """
    from scipy.stats import ks_2samp, wasserstein_distance

    old, fresh = (np.asarray(values, dtype=np.float64) for values in (reference, new))
    old, fresh = old[~np.isnan(old)], fresh[~np.isnan(fresh)]
    _require(old, fresh)
    test = ks_2samp(old, fresh)
    away, spread = float(wasserstein_distance(old, fresh)), float(old.std())
    shift = away / spread if spread > 0 else (0.0 if away == 0 else float("inf"))
    return Drift(float(test.statistic), float(test.pvalue), shift, len(old), len(fresh))


def _jensen_shannon(first: npt.NDArray[np.int64], second: npt.NDArray[np.int64], kinds: int) -> float:
    from scipy.spatial.distance import jensenshannon

    shares: list[Array] = [np.bincount(codes, minlength=kinds) / len(codes) for codes in (first, second)]
    # Rounding may leave a negative number under the root where both are the same.
    return float(np.nan_to_num(jensenshannon(shares[0], shares[1], base=2)))


def _require(reference: Sequence[str] | Array, new: Sequence[str] | Array) -> None:
    if len(reference) == 0 or len(new) == 0:
        raise ValueError(f"{len(reference)} and {len(new)} values cannot be compared")
