"""Confidence intervals from resampled clips (percentile bootstrap, Efron 1979).

Conventions: clips are resampled, not frames, since the frames of a clip are not independent. For the same seed and
number of clips all systems share the same resamples, so differences between systems are paired. The interval of a
single clip is NaN.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.metrics.validate import Array, Indices
from v2meow_pipeline.seeding import derive_seed

REPLICATES = 1000
CONFIDENCE = 0.95


class Interval(NamedTuple):
    """Value of a statistic, lower and upper end of its interval, and number of clips."""

    value: float
    low: float
    high: float
    n: int


def resamples(n: int, replicates: int, seed: int) -> Indices:
    """Bootstrap resamples: indices of clips drawn with replacement.

    Args:
        n: number of clips.
        replicates: number of resamples.
        seed: seed of the resampling; combined with `n`.

    Returns:
        Indices, `[replicates, n]`.

    Raises:
        ValueError: if there is no clip.
    """
    if n < 1:
        raise ValueError("no clip to resample")
    return np.random.default_rng(derive_seed(seed, "bootstrap", n)).integers(0, n, size=(replicates, n))


def percentile_interval(value: float, replicates: Array, n: int, confidence: float = CONFIDENCE) -> Interval:
    """Percentile interval of a statistic.

    Args:
        value: statistic of all clips.
        replicates: statistic of each resample.
        n: number of clips.
        confidence: confidence level: share of replicates inside the interval.

    Returns:
        The interval; its ends are NaN for a single clip or a value that is not finite.
    """
    if n < 2 or not np.isfinite(value):
        return Interval(value, np.nan, np.nan, n)
    tail = 50 * (1 - confidence)
    low, high = np.percentile(replicates, [tail, 100 - tail])
    return Interval(value, float(low), float(high), n)


def mean_interval(
    values: npt.ArrayLike, seed: int, replicates: int = REPLICATES, confidence: float = CONFIDENCE
) -> Interval:
    """Mean over clips with its interval.

    Args:
        values: one value per clip, `[n]`; NaN values are left out and not counted.
        seed: seed of the bootstrap resampling.
        replicates: number of resamples.
        confidence: confidence level, such as 0.95.

    Returns:
        The mean with its interval; NaN with n = 0 if no clip has a value.

    Raises:
        ValueError: if there is no clip.
    """
    clips = np.asarray(values, dtype=np.float64)
    if len(clips) == 0:
        raise ValueError("no clip to average")
    clips = clips[~np.isnan(clips)]
    if len(clips) == 0:
        return Interval(np.nan, np.nan, np.nan, 0)
    means = clips[resamples(len(clips), replicates, seed)].mean(axis=1)
    return percentile_interval(float(clips.mean()), means, len(clips), confidence)


def statistic_interval(
    statistic: Callable[[Indices], float],
    n: int,
    seed: int,
    replicates: int = REPLICATES,
    confidence: float = CONFIDENCE,
) -> Interval:
    """Any statistic of a set of clips, with its interval.

    Args:
        statistic: function of the indices of clips, `[n]`, which may repeat.
        n: number of clips.
        seed: seed of the bootstrap resampling; same resamples as in `mean_interval` for the same n.
        replicates: number of resamples.
        confidence: confidence level, such as 0.95.

    Returns:
        The statistic with its interval.
    """
    draws = resamples(n, replicates, seed)
    value = float(statistic(np.arange(n)))
    return percentile_interval(value, np.array([statistic(draw) for draw in draws]), n, confidence)


def paired_difference(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    seed: int,
    replicates: int = REPLICATES,
    confidence: float = CONFIDENCE,
) -> Interval:
    """Mean of first - second over clips that have both values, with its interval.

    Args:
        first: one value per clip, `[n]`; NaN if a clip has none.
        second: one value per clip, for the same clips in the same order.
        seed: seed of the bootstrap resampling.
        replicates: number of resamples.
        confidence: confidence level, such as 0.95.

    Returns:
        The mean difference with its interval; the systems differ significantly if the interval excludes 0.

    Raises:
        ValueError: if the two differ in length.
    """
    left, right = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if left.shape != right.shape:
        raise ValueError(f"{len(left)} and {len(right)} clips cannot be paired: give both for the same clips")
    return mean_interval(left - right, seed, replicates, confidence)
