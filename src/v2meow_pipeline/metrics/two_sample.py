"""Classifier two-sample test: how well a small classifier tells generated from real embeddings.

Conventions: ridge logistic regression on the standardised frames of clips and their squares, so that it sees a shift as
well as another spread, cross-validated. Folds hold whole groups of
clips, and a real and a generated clip of one index lie in one fold, so no frame of a clip that is tested was trained
on. The score is the area under the ROC curve (AUC) in [0, 1]: the probability that a generated frame looks more
generated than a real one, 0.5 is perfect, 1 means that every frame is told apart. Only frames of one fold are compared
with each other, since classifiers of different folds have no common scale. Clips count alike, however many frames they
have.

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
    """The classifier and its cross-validation.

    Attributes:
        folds: of the cross-validation, at most one a group of clips.
        repeats: cross-validations with other folds, whose comparisons are averaged.
        ridge: weight of half the squared norm of the coefficients beside the mean loss of a frame.
        floor_splits: random halvings of the real clips, whose AUC against each other is the floor.
    """

    folds: int = Field(default=5, ge=2)
    repeats: int = Field(default=4, ge=1)
    ridge: float = Field(default=0.1, gt=0)
    floor_splits: int = Field(default=10, ge=1)


class Comparisons(NamedTuple):
    """Comparisons of each real with each generated clip, summed over cross-validations.

    Attributes:
        wins: sums of the share of frame pairs in which the generated frame scores higher, ties half, [real, generated].
        counts: in how many cross-validations the two lay in one fold, [real, generated].
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
    """Cross-validated AUC of a classifier that separates generated from real clips, with its interval.

    The interval resamples clips and keeps the classifiers: it shows the spread over the clips that are tested.

    Args:
        real: frames of each real clip, `[n_i, d]`, n_i >= 1.
        generated: frames of each generated clip, in the same order.
        groups: what each clip belongs to, such as its source video; clips of a group share a fold.
        seed: decides folds and resamples.
        config: the classifier and its cross-validation.
        replicates: resamples of clips.
        confidence: 0.95 for a 95 % interval.

    Returns:
        The AUC, whose n counts clips.

    Raises:
        ValueError: if the numbers of clips differ, there are fewer than two groups, or a value is not finite.
    """
    config = config or TwoSampleConfig()
    if not len(real) == len(generated) == len(groups):
        raise ValueError(f"{len(real)} real clips, {len(generated)} generated ones and {len(groups)} groups differ")
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
        real: frames of each clip, `[n_i, d]`.
        groups: what each clip belongs to; a group lies in one half.
        seed: decides halves and folds.
        config: the classifier, its cross-validation, and how many halvings there are.
        confidence: 0.95 for the middle 95 % of the halvings.

    Returns:
        Mean and middle share over halvings; n is half of the clips.

    Raises:
        ValueError: if there are fewer than four groups: two for each half.
    """
    config, names = config or TwoSampleConfig(), list(dict.fromkeys(groups))
    folds = min(config.folds, len(names) // 2)
    areas, n = [], len(real) // 2
    for split in range(config.floor_splits):
        order = np.random.default_rng(derive_seed(seed, "halves", split)).permutation(len(names))
        first = {names[place] for place in order[: len(names) // 2]}
        halves = [[clip for clip, group in enumerate(groups) if (group in first) == own] for own in (True, False)]
        how = (folds, derive_seed(seed, "folds", split))
        places = [assign_folds([groups[clip] for clip in half], *how) for half in halves]
        sets = [[real[clip] for clip in half] for half in halves]
        found = compare(sets[0], sets[1], places[0], places[1], config.ridge)
        areas.append(float(found.wins.sum() / found.counts.sum()))
    return percentile_interval(float(np.mean(areas)), np.array(areas), n, confidence)


def assign_folds(groups: Sequence[Hashable], folds: int, seed: int) -> Indices:
    """The fold of each clip: groups in random order, each to the fold that has the fewest clips.

    Args:
        groups: what each clip belongs to.
        folds: how many; with fewer groups, one a group.
        seed: decides the order.

    Returns:
        Numbers from 0, `[clip]`; clips of a group have the same.

    Raises:
        ValueError: if there are fewer than two groups.
    """
    members: dict[Hashable, list[int]] = {}
    for clip, group in enumerate(groups):
        members.setdefault(group, []).append(clip)
    if len(members) < FEWEST_GROUPS:
        raise ValueError(f"{len(members)} group of clips cannot be divided into folds")
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
    """One cross-validation: each fold's clips compared by a classifier that was trained on the other folds.

    Args:
        real: frames of each real clip, `[n_i, d]`.
        generated: frames of each generated clip, `[n_i, d]`.
        real_folds: fold of each real clip.
        generated_folds: fold of each generated clip.
        ridge: as in `TwoSampleConfig`.

    Returns:
        Comparisons of clips that share a fold.
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
    """A linear score of frames, the higher the more generated they look."""

    mean: Array
    scale: Array
    weights: Array

    def __call__(self, frames: Array) -> Array:
        return _with_squares((np.asarray(frames, np.float64) - self.mean) / self.scale) @ self.weights


def _others(clips: Sequence[Array], folds: Indices, fold: int) -> Array:
    """Frames of the clips outside a fold, pooled."""
    return np.concatenate([require_embeddings(clips[clip], least=1) for clip in np.flatnonzero(folds != fold).tolist()])


def _fitted_score(real: Array, generated: Array, ridge: float) -> _Score:
    from sklearn.linear_model import LogisticRegression

    frames = np.concatenate([real, generated])
    mean, spread = frames.mean(axis=0), frames.std(axis=0)
    scale = np.where(spread > SMALLEST_SPREAD, spread, 1.0)
    labels = np.repeat([0, 1], [len(real), len(generated)])
    # scikit-learn weighs the summed loss, by C, beside half the squared norm.
    model = LogisticRegression(C=1 / (ridge * len(frames)), class_weight="balanced", max_iter=ITERATIONS)
    model.fit(_with_squares((frames - mean) / scale), labels)
    return _Score(mean, scale, model.coef_[0])


def _with_squares(standardised: Array) -> Array:
    """Both beside each other; outliers are clipped, or their squares would decide alone."""
    clipped = np.clip(standardised, -LARGEST_DEVIATION, LARGEST_DEVIATION)
    return np.concatenate([clipped, clipped**2], axis=1)


def _share_above(real: Array, generated: Array) -> float:
    """Share of pairs of frames in which the generated one scores higher; ties count half."""
    difference = generated[None, :] - real[:, None]
    return float((difference > 0).mean() + 0.5 * (difference == 0).mean())
