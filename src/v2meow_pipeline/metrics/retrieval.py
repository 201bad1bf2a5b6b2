"""How well queries find what belongs to them among candidates: recall at k and median rank (Manning et al. 2008).

Conventions: `scores[query, item]`, higher is nearer; `relevant[query, item]` says what belongs to a query, at least one
item each. A query's rank is that of its best relevant item, from 1. Items with equal scores count as in random order:
the expectation over all orders is reported, so that an embedding that is the same for everything scores exactly what
chance does, neither 1 (ties for the query) nor 0 (ties against it).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.metrics.bootstrap import Interval, mean_interval, statistic_interval
from v2meow_pipeline.metrics.validate import Array, Indices, Mask

RANKS = (1, 5, 10)


class Retrieval(NamedTuple):
    """One direction of retrieval.

    Attributes:
        n_queries: queries, the unit of the intervals.
        n_items: candidates.
        recall: by k, the share of queries with a relevant item among the first k, in [0, 1]; with 95 % interval over
            queries (the candidates stay the same).
        chance: by k, the recall of scores that say nothing.
        median_rank: median over queries of the expected rank, 1 is best; with 95 % interval.
        chance_median_rank: of scores that say nothing.
    """

    n_queries: int
    n_items: int
    recall: dict[int, Interval]
    chance: dict[int, float]
    median_rank: Interval
    chance_median_rank: float


class CrossRetrieval(NamedTuple):
    """Both directions of a joint space, and how far pairs are from strangers.

    Attributes:
        audio_to_text: each clip looks for its caption among the different captions.
        text_to_audio: each different caption looks for a clip that has it among all clips.
        matched_cosine: mean cosine of clips with their own captions, in [-1, 1], with interval over clips.
        shuffled_cosine: the mean over the other captions.
    """

    audio_to_text: Retrieval
    text_to_audio: Retrieval
    matched_cosine: Interval
    shuffled_cosine: Interval


def cross_retrieval(
    audio: Array, text: Array, caption: npt.ArrayLike, seed: int, ranks: tuple[int, ...] = RANKS
) -> CrossRetrieval:
    """Both directions of retrieval between clips and captions.

    Args:
        audio: unit vectors of the clips, `[n, width]`.
        text: unit vectors of the different captions, `[n_captions, width]`.
        caption: index into `text` of each clip's caption, `[n]`; clips may share one.
        seed: decides the intervals.
        ranks: values of k.

    Returns:
        The figures.

    Raises:
        ValueError: for shapes that do not fit, a caption that no clip has, fewer than two captions, or values that are
            not finite.
    """
    own = np.asarray(caption, dtype=np.int64)
    if own.shape != (len(audio),) or len(text) < 2 or audio.shape[1:] != text.shape[1:]:
        raise ValueError(f"{audio.shape} clips, {text.shape} captions and {own.shape} indices cannot be matched")
    if not np.array_equal(np.unique(own), np.arange(len(text))):
        raise ValueError("each caption needs a clip, and each clip a caption")
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
    """Recall and median rank of one direction.

    Args:
        scores: `[query, item]`, finite.
        relevant: `[query, item]`.
        seed: decides the intervals.
        ranks: values of k, at least 1; beyond the number of items recall is 1.

    Returns:
        The figures.

    Raises:
        ValueError: for scores that are not finite, other shapes, or a query without a relevant item.
    """
    if scores.ndim != 2 or scores.shape != relevant.shape or not np.isfinite(scores).all():
        raise ValueError(f"finite scores [query, item] are needed, not {scores.shape} with {relevant.shape}")
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
    """The chance that one of `own` items lies in the first `places` of a random order of them and `ties` others."""
    drawn = np.clip(places, 0, ties)
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, (ties + own).max() + 1)))])
    # Of all choices of `drawn` items, the share that holds others only.
    missed = np.exp(
        log_factorial[ties]
        - log_factorial[ties - drawn]
        - log_factorial[ties + own]
        + log_factorial[ties + own - drawn]
    )
    return np.where(places <= 0, 0.0, np.where(places > ties, 1.0, 1.0 - missed))
