"""Confidence intervals by resampling clips (percentile bootstrap, Efron 1979).

Conventions: clips are the unit, never frames, which within a clip are not independent. The same seed gives every system
the same resamples of the same number of clips, so differences between systems are paired. A single clip has
no interval: NaN.
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
    """A statistic, its interval, and the clips that it rests on."""

    value: float
    low: float
    high: float
    n: int


def resamples(n: int, replicates: int, seed: int) -> Indices:
    """Clips drawn with replacement.

    Args:
        n: clips.
        replicates: how many resamples.
        seed: decides them, together with `n`.

    Returns:
        Indices, `[replicates, n]`.

    Raises:
        ValueError: if there is no clip.
    """
    if n < 1:
        raise ValueError("there is no clip to resample")
    return np.random.default_rng(derive_seed(seed, "bootstrap", n)).integers(0, n, size=(replicates, n))


def percentile_interval(value: float, replicates: Array, n: int, confidence: float = CONFIDENCE) -> Interval:
    """The middle share of replicates; without one where there is one clip only or no finite value.

    Args:
        value: the statistic of all clips.
        replicates: the statistic of each resample.
        n: clips.
        confidence: share of replicates inside.

    Returns:
        The interval.
    """
    if n < 2 or not np.isfinite(value):
        return Interval(value, np.nan, np.nan, n)
    tail = 50 * (1 - confidence)
    low, high = np.percentile(replicates, [tail, 100 - tail])
    return Interval(value, float(low), float(high), n)


def mean_interval(
    values: npt.ArrayLike, seed: int, replicates: int = REPLICATES, confidence: float = CONFIDENCE
) -> Interval:
    """The mean over clips and its interval.

    Args:
        values: one a clip, `[n]`; NaN where a clip has none: it is left out and not counted.
        seed: decides the resamples.
        replicates: how many.
        confidence: 0.95 for a 95 % interval.

    Returns:
        The interval; NaN with n = 0 where no clip has a value.

    Raises:
        ValueError: if there is no clip.
    """
    clips = np.asarray(values, dtype=np.float64)
    if len(clips) == 0:
        raise ValueError("there is no clip to average")
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
    """Any statistic of a set, and its interval.

    Args:
        statistic: of the clips at the given indices, `[n]`, which may repeat.
        n: clips.
        seed: decides the resamples: those of `mean_interval` for the same n.
        replicates: how many.
        confidence: 0.95 for a 95 % interval.

    Returns:
        The interval.
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
    """Mean of first - second over clips that have both, and its interval.

    Args:
        first: one value a clip, `[n]`, NaN where there is none.
        second: of the same clips in the same order.
        seed: decides the resamples.
        replicates: how many.
        confidence: 0.95 for a 95 % interval.

    Returns:
        The interval; one that excludes 0 separates the two systems.

    Raises:
        ValueError: if the two differ in length.
    """
    left, right = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if left.shape != right.shape:
        raise ValueError(f"{len(left)} and {len(right)} clips cannot be paired")
    return mean_interval(left - right, seed, replicates, confidence)
