"""Data drift: distance between the distributions of training clips (reference) and of new clips.

Conventions: distances are in [0, 1], 0 for identical distributions, so that one threshold applies to all. Small samples
of one distribution differ by chance, so each distance has a p-value. Categorical variables: Jensen-Shannon distance,
base 2 (Lin 1991), with a permutation test. Numerical variables: the two-sample Kolmogorov-Smirnov statistic with its
p-value, and the Wasserstein distance in standard deviations of the reference, which measures the size of the shift
where Kolmogorov-Smirnov measures the share of values affected.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.metrics.validate import Array
from v2meow_pipeline.seeding import derive_seed

PERMUTATIONS = 999


class Drift(NamedTuple):
    """Drift of one variable.

    Attributes:
        distance: distance of the distributions, in [0, 1].
        p_value: probability of at least this distance if both samples are from one distribution.
        shift: Wasserstein distance in standard deviations of the reference; NaN for categorical variables.
        n_reference: number of reference values.
        n_new: number of new values.
    """

    distance: float
    p_value: float
    shift: float
    n_reference: int
    n_new: int


def category_drift(reference: Sequence[str], new: Sequence[str], seed: int) -> Drift:
    """Drift of a categorical variable.

    Args:
        reference: one label per reference clip.
        new: one label per new clip.
        seed: seeds the permutation test.

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
    at_least = sum(_jensen_shannon(order[:n], order[n:], kinds) >= observed - 1e-12 for order in drawn)
    return Drift(observed, (1 + at_least) / (1 + PERMUTATIONS), float("nan"), n, len(new))


def number_drift(reference: npt.ArrayLike, new: npt.ArrayLike) -> Drift:
    """Drift of a numerical variable.

    Args:
        reference: one value per reference clip; NaN values are left out and not counted.
        new: one value per new clip; NaN values are left out and not counted.

    Returns:
        The Kolmogorov-Smirnov statistic, its p-value, and the shift, which is 0 or infinite for a constant reference.

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
    # For equal distributions rounding can make the argument of the square root negative.
    return float(np.nan_to_num(jensenshannon(shares[0], shares[1], base=2)))


def _require(reference: Sequence[str] | Array, new: Sequence[str] | Array) -> None:
    if len(reference) == 0 or len(new) == 0:
        raise ValueError(f"{len(reference)} and {len(new)} values cannot be compared: each sample needs at least one")
