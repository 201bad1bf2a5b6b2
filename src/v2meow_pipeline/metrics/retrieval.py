"""Retrieval metrics: recall at k and median rank (Manning et al. 2008).

Conventions: `scores[query, item]`, higher is more similar; `relevant[query, item]` marks the relevant items, at least
one per query. The rank of a query is that of its best relevant item, from 1. Ties count as in random order: the
expectation over all orders is reported, so that a constant embedding scores exactly the chance level instead of 1 (ties
in favour of the query) or 0 (ties against it).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.metrics.bootstrap import Interval, mean_interval, statistic_interval
from v2meow_pipeline.metrics.validate import Array, Indices, Mask

RANKS = (1, 5, 10)


class Retrieval(NamedTuple):
    """Retrieval metrics in one direction.

    Attributes:
        n_queries: number of queries, the unit of the intervals.
        n_items: number of candidates.
        recall: k -> share of queries with a relevant item among the first k, in [0, 1], with 95 % interval over queries
            for fixed candidates.
        chance: k -> recall of uninformative scores.
        median_rank: median over queries of the expected rank, 1 is best, with 95 % interval.
        chance_median_rank: median rank of uninformative scores.
    """

    n_queries: int
    n_items: int
    recall: dict[int, Interval]
    chance: dict[int, float]
    median_rank: Interval
    chance_median_rank: float


class CrossRetrieval(NamedTuple):
    """Retrieval metrics of a joint embedding space in both directions, and cosines of matched and unmatched pairs.

    Attributes:
        audio_to_text: clips as queries, distinct captions as candidates.
        text_to_audio: distinct captions as queries, clips as candidates.
        matched_cosine: mean cosine similarity of clips with their own captions, in [-1, 1], with interval over clips.
        shuffled_cosine: mean cosine similarity of clips with the other captions, with interval over clips.
    """

    audio_to_text: Retrieval
    text_to_audio: Retrieval
    matched_cosine: Interval
    shuffled_cosine: Interval


def cross_retrieval(
    audio: Array, text: Array, caption: npt.ArrayLike, seed: int, ranks: tuple[int, ...] = RANKS
) -> CrossRetrieval:
    """Retrieval between clips and captions in both directions.

    Args:
        audio: unit vectors of the clips, `[n, width]`.
        text: unit vectors of the distinct captions, `[n_captions, width]`.
        caption: index into `text` of each clip's caption, `[n]`; clips may share one.
        seed: seed of the bootstrap resampling.
        ranks: values of k.

    Returns:
        The metrics.

    Raises:
        ValueError: if shapes do not match, a caption has no clip, there are fewer than two captions, or values are not
            finite.
    """
    own = np.asarray(caption, dtype=np.int64)
    if own.shape != (len(audio),) or len(text) < 2 or audio.shape[1:] != text.shape[1:]:
        raise ValueError(
            f"clips {audio.shape}, captions {text.shape} and indices {own.shape} cannot be matched: expected "
            "[n, width], [n_captions, width] with at least two captions, and [n]"
        )
    if not np.array_equal(np.unique(own), np.arange(len(text))):
        raise ValueError("each caption needs a clip, and each clip needs a caption of `text`")
    cosines = np.asarray(audio, np.float64) @ np.asarray(text, np.float64).T
    relevant = own[:, None] == np.arange(len(text))
    matched = cosines[relevant]
    others = (cosines.sum(axis=1) - matched) / (len(text) - 1)
    return CrossRetrieval(
        retrieval(cosines, relevant, seed, ranks),
        retrieval(cosines.T, relevant.T, seed, ranks),
        mean_interval(matched, seed),
        mean_interval(others, seed),
    )


def retrieval(scores: Array, relevant: Mask, seed: int, ranks: tuple[int, ...] = RANKS) -> Retrieval:
    """Recall and median rank in one direction.

    Args:
        scores: finite similarities, `[query, item]`.
        relevant: mask of the relevant items, `[query, item]`.
        seed: seed of the bootstrap resampling.
        ranks: values of k, at least 1; recall is 1 for k beyond the number of items.

    Returns:
        The metrics.

    Raises:
        ValueError: if scores are not finite, shapes do not match, or a query has no relevant item.
    """
    if scores.ndim != 2 or scores.shape != relevant.shape or not np.isfinite(scores).all():
        raise ValueError(
            f"expected finite scores [query, item] and relevance of the same shape, got {scores.shape} and "
            f"{relevant.shape}"
        )
    if not len(scores) or not relevant.any(axis=1).all():
        raise ValueError("each query needs a relevant item")
    best = np.where(relevant, scores, -np.inf).max(axis=1, keepdims=True)
    ahead = (scores > best).sum(axis=1)
    level = (scores == best) & relevant
    ties, own = ((scores == best) & ~relevant).sum(axis=1), level.sum(axis=1)
    rank = 1 + ahead + ties / (own + 1)
    n, items = scores.shape
    all_own = relevant.sum(axis=1)
    nothing = np.zeros(n, np.int64)
    return Retrieval(
        n_queries=n,
        n_items=items,
        recall={k: mean_interval(_found(k - ahead, ties, own), seed) for k in ranks},
        chance={k: float(_found(k - nothing, items - all_own, all_own).mean()) for k in ranks},
        median_rank=statistic_interval(lambda rows: float(np.median(rank[rows])), n, seed),
        chance_median_rank=float(np.median(1 + (items - all_own) / (all_own + 1))),
    )


def _found(places: Indices, ties: Indices, own: Indices) -> Array:
    """Probability that one of `own` items is in the first `places` of a random order of them and `ties` others."""
    drawn = np.clip(places, 0, ties)
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, (ties + own).max() + 1)))])
    # Share of all choices of `drawn` items without any of the `own` items.
    missed = np.exp(
        log_factorial[ties]
        - log_factorial[ties - drawn]
        - log_factorial[ties + own]
        + log_factorial[ties + own - drawn]
    )
    return np.where(places <= 0, 0.0, np.where(places > ties, 1.0, 1.0 - missed))
