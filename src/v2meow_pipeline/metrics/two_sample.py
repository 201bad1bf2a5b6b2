"""Classifier two-sample test: how well a classifier separates generated from real embeddings.

Conventions: cross-validated logistic regression with L2 regularisation (ridge) on the standardised frames of clips and
their squares, so that it detects differences in mean and in variance. Folds are made of whole groups of clips, and the
real and the generated clip of one index are in the same fold, so no test clip has frames in the training set. The score
is the area under the ROC curve (AUC) in [0, 1]: the probability that the classifier scores a generated frame above a
real one. 0.5 is perfect; 1 means that the classifier separates all frames. Only frames of the same fold are compared,
since the scores of different classifiers have no common scale. All clips have equal weight, regardless of their number
of frames.

Source: Lopez-Paz and Oquab 2017 (classifier two-sample tests), with the AUC in place of the accuracy.
"""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from pydantic import Field

from v2meow_pipeline.config import Config
from v2meow_pipeline.metrics.bootstrap import (
    CONFIDENCE,
    REPLICATES,
    Interval,
    percentile_interval,
    statistic_interval,
)
from v2meow_pipeline.metrics.fad import require_embeddings
from v2meow_pipeline.metrics.validate import Array, Indices
from v2meow_pipeline.seeding import derive_seed

FEWEST_GROUPS = 2
SMALLEST_SPREAD = 1e-9
LARGEST_DEVIATION = 5.0
ITERATIONS = 300


class TwoSampleConfig(Config):
    """Settings of the classifier and its cross-validation.

    Attributes:
        folds: number of folds; reduced to the number of groups of clips if there are fewer.
        repeats: number of cross-validations with different folds; their comparisons are averaged.
        ridge: L2 regularisation strength: the objective is the mean loss per frame plus `ridge` times half the squared
            norm of the coefficients.
        floor_splits: number of random halvings of the real clips for the AUC of real against real clips (the floor).
    """

    folds: int = Field(default=5, ge=2)
    repeats: int = Field(default=4, ge=1)
    ridge: float = Field(default=0.1, gt=0)
    floor_splits: int = Field(default=10, ge=1)


class Comparisons(NamedTuple):
    """Pairwise comparisons of real and generated clips, summed over cross-validations.

    Attributes:
        wins: sums of the share of frame pairs in which the generated frame scores higher (ties count half),
            [real, generated].
        counts: number of cross-validations in which the two clips were in the same fold, [real, generated].
    """

    wins: Array
    counts: Array


def two_sample_auc(
    real: Sequence[Array],
    generated: Sequence[Array],
    groups: Sequence[Hashable],
    seed: int,
    config: TwoSampleConfig | None = None,
    replicates: int = REPLICATES,
    confidence: float = CONFIDENCE,
) -> Interval:
    """Cross-validated AUC of a classifier of generated against real clips, with a bootstrap interval.

    The bootstrap resamples the tested clips without retraining the classifiers.

    Args:
        real: embedding frames of each real clip, `[n_i, d]`, n_i >= 1.
        generated: embedding frames of each generated clip, in the same order.
        groups: group of each clip, such as its source video; clips of a group share a fold.
        seed: seeds the folds and the bootstrap resampling.
        config: settings of the classifier and its cross-validation.
        replicates: number of bootstrap resamples of clips.
        confidence: confidence level, such as 0.95.

    Returns:
        The AUC with its interval; n is the number of clips.

    Raises:
        ValueError: if the numbers of clips differ, there are fewer than two groups, or a value is not finite.
    """
    config = config or TwoSampleConfig()
    if not len(real) == len(generated) == len(groups):
        raise ValueError(
            f"{len(real)} real clips, {len(generated)} generated clips and {len(groups)} groups: the numbers must agree"
        )
    found = []
    for repeat in range(config.repeats):
        folds = assign_folds(groups, config.folds, derive_seed(seed, "folds", repeat))
        found.append(compare(real, generated, folds, folds, config.ridge))
    wins, counts = np.sum([of.wins for of in found], axis=0), np.sum([of.counts for of in found], axis=0)

    def of_clips(draw: Indices) -> float:
        weights = np.bincount(draw, minlength=len(real)).astype(np.float64)
        return float(weights @ wins @ weights / (weights @ counts @ weights))

    return statistic_interval(of_clips, len(real), seed, replicates, confidence)


def two_sample_floor(
    real: Sequence[Array],
    groups: Sequence[Hashable],
    seed: int,
    config: TwoSampleConfig | None = None,
    confidence: float = CONFIDENCE,
) -> Interval:
    """AUC of real against real clips: random halves of the groups against each other.

    Args:
        real: embedding frames of each clip, `[n_i, d]`.
        groups: group of each clip; a group is never divided between halves.
        seed: seeds the halvings and the folds.
        config: settings of the classifier and its cross-validation, and the number of halvings.
        confidence: central share of the halvings inside the interval, such as 0.95.

    Returns:
        Mean and percentile interval over halvings; n is the number of clips in a half.

    Raises:
        ValueError: if there are fewer than four groups (two for each half).
    """
    config, names = config or TwoSampleConfig(), list(dict.fromkeys(groups))
    folds = min(config.folds, len(names) // 2)
    areas, n = [], len(real) // 2
    for split in range(config.floor_splits):
        order = np.random.default_rng(derive_seed(seed, "halves", split)).permutation(len(names))
        first = {names[index] for index in order[: len(names) // 2]}
        halves = [[clip for clip, group in enumerate(groups) if (group in first) == own] for own in (True, False)]
        fold_seed = derive_seed(seed, "folds", split)
        half_folds = [assign_folds([groups[clip] for clip in half], folds, fold_seed) for half in halves]
        sets = [[real[clip] for clip in half] for half in halves]
        found = compare(sets[0], sets[1], half_folds[0], half_folds[1], config.ridge)
        areas.append(float(found.wins.sum() / found.counts.sum()))
    return percentile_interval(float(np.mean(areas)), np.array(areas), n, confidence)


def assign_folds(groups: Sequence[Hashable], folds: int, seed: int) -> Indices:
    """Assigns clips to folds: groups in random order, each to the fold with the fewest clips so far.

    Args:
        groups: group of each clip.
        folds: number of folds; reduced to the number of groups if there are fewer.
        seed: seeds the order of the groups.

    Returns:
        Fold numbers from 0, `[clip]`; all clips of a group are in the same fold.

    Raises:
        ValueError: if there are fewer than two groups.
    """
    members: dict[Hashable, list[int]] = {}
    for clip, group in enumerate(groups):
        members.setdefault(group, []).append(clip)
    if len(members) < FEWEST_GROUPS:
        raise ValueError(f"{len(members)} group of clips cannot be divided into folds: at least {FEWEST_GROUPS} needed")
    clips_of = list(members.values())
    sizes = np.zeros(min(folds, len(clips_of)), dtype=np.int64)
    fold_of = np.empty(len(groups), dtype=np.int64)
    for group in np.random.default_rng(seed).permutation(len(clips_of)):
        smallest = int(sizes.argmin())
        fold_of[clips_of[group]] = smallest
        sizes[smallest] += len(clips_of[group])
    return fold_of


def compare(
    real: Sequence[Array], generated: Sequence[Array], real_folds: Indices, generated_folds: Indices, ridge: float
) -> Comparisons:
    """One cross-validation: the clips of each fold are compared by a classifier trained on the other folds.

    Args:
        real: embedding frames of each real clip, `[n_i, d]`.
        generated: embedding frames of each generated clip, `[n_i, d]`.
        real_folds: fold of each real clip.
        generated_folds: fold of each generated clip.
        ridge: L2 regularisation strength, see `TwoSampleConfig`.

    Returns:
        Comparisons of the clips that share a fold.
    """
    wins = np.zeros((len(real), len(generated)))
    same = real_folds[:, None] == generated_folds[None, :]
    for fold in np.unique(real_folds):
        score = _fitted_score(_others(real, real_folds, fold), _others(generated, generated_folds, fold), ridge)
        tested = {column: score(generated[column]) for column in np.flatnonzero(generated_folds == fold).tolist()}
        for row in np.flatnonzero(real_folds == fold).tolist():
            own = score(real[row])
            for column, other in tested.items():
                wins[row, column] = _share_above(own, other)
    return Comparisons(wins, same.astype(np.float64))


class _Score(NamedTuple):
    """Decision function of a fitted classifier, without intercept: higher means more likely generated."""

    mean: Array
    scale: Array
    weights: Array

    def __call__(self, frames: Array) -> Array:
        return _with_squares((np.asarray(frames, np.float64) - self.mean) / self.scale) @ self.weights


def _others(clips: Sequence[Array], folds: Indices, fold: int) -> Array:
    """Pooled frames of the clips outside a fold."""
    return np.concatenate([require_embeddings(clips[clip], least=1) for clip in np.flatnonzero(folds != fold).tolist()])


def _fitted_score(real: Array, generated: Array, ridge: float) -> _Score:
    from sklearn.linear_model import LogisticRegression

    frames = np.concatenate([real, generated])
    mean, spread = frames.mean(axis=0), frames.std(axis=0)
    scale = np.where(spread > SMALLEST_SPREAD, spread, 1.0)
    labels = np.repeat([0, 1], [len(real), len(generated)])
    # scikit-learn minimises C * (sum of losses) + (squared norm) / 2.
    model = LogisticRegression(C=1 / (ridge * len(frames)), class_weight="balanced", max_iter=ITERATIONS)
    model.fit(_with_squares((frames - mean) / scale), labels)
    return _Score(mean, scale, model.coef_[0])


def _with_squares(standardised: Array) -> Array:
    """Features and their squares, concatenated; outliers are clipped so that their squares do not dominate."""
    clipped = np.clip(standardised, -LARGEST_DEVIATION, LARGEST_DEVIATION)
    return np.concatenate([clipped, clipped**2], axis=1)


def _share_above(real: Array, generated: Array) -> float:
    """Share of frame pairs in which the generated frame scores higher; ties count half."""
    difference = generated[None, :] - real[:, None]
    return float((difference > 0).mean() + 0.5 * (difference == 0).mean())
