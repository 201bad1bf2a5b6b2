"""Intervals of FAD by resampling clips, from each clip's sums, without touching frames again.

A resample's pooled count, mean and covariance are weighted sums of the clips' counts, sums and outer products, so a
block of resamples costs one matrix product. Reference and generated clips are drawn together: they are
pairs.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from v2meow_pipeline.metrics.bootstrap import CONFIDENCE, Interval, percentile_interval, resamples
from v2meow_pipeline.metrics.fad import (
    Gaussian,
    frechet_distance,
    gaussian,
    require_embeddings,
    root_of_covariance,
)
from v2meow_pipeline.metrics.samples import ONE_SAMPLE, Samples, mean_over_samples
from v2meow_pipeline.metrics.validate import Array, Indices
from v2meow_pipeline.seeding import derive_seed

FAD_REPLICATES = 200
CLIPS_AT_ONCE = 64


def gaussians_of_resamples(clips: Sequence[Array], draws: Indices, at_once: int = 100) -> Iterator[Gaussian]:
    """Mean and unbiased covariance of the pooled frames of each resample.

    Args:
        clips: frames of each clip, `[n_i, d]`.
        draws: indices of clips, `[replicates, clip]`.
        at_once: resamples a block; memory is `at_once * d * d` doubles.

    Yields:
        Statistics, in the order of `draws`.
    """
    # About the pooled mean: sums of squares of embeddings with an offset would lose digits.
    centre = np.concatenate(clips).mean(axis=0)
    centred = [frames - centre for frames in clips]
    counts = np.array([len(frames) for frames in clips], dtype=np.float64)
    sums = np.stack([frames.sum(axis=0) for frames in centred])
    weights = np.stack([np.bincount(draw, minlength=len(clips)) for draw in draws]).astype(np.float64)
    for start in range(0, len(draws), at_once):
        block = weights[start : start + at_once]
        n, means = block @ counts, (block @ sums) / (block @ counts)[:, None]
        outers = _weighted_outers(centred, block)
        for size, mean, outer in zip(n, means, outers, strict=True):
            covariance = (outer - size * np.outer(mean, mean)) / (size - 1)
            yield Gaussian(mean + centre, covariance, int(size))


def _weighted_outers(clips: Sequence[Array], weights: Array) -> Array:
    """Sums over clips of weight x frames^T frames, `[replicate, d, d]`, a few clips in memory at a time."""
    d = clips[0].shape[1]
    total = np.zeros((len(weights), d * d))
    for start in range(0, len(clips), CLIPS_AT_ONCE):
        outers = np.stack([(frames.T @ frames).ravel() for frames in clips[start : start + CLIPS_AT_ONCE]])
        total += weights[:, start : start + CLIPS_AT_ONCE] @ outers
    return total.reshape(-1, d, d)


def fad_intervals(
    reference: Sequence[Array],
    systems: Mapping[str, Sequence[Array]],
    seed: int,
    replicates: int = FAD_REPLICATES,
    confidence: float = CONFIDENCE,
    samples: Samples = ONE_SAMPLE,
) -> dict[str, Interval]:
    """FAD of each system against the reference, with intervals.

    A resample repeats clips, so it holds fewer different ones, which raises its FAD (the bias in 1/n): replicates are
    shifted so that their mean is the value, and cut at 0. The interval shows the spread over clips; the bias of the
    value itself remains, which `fad_infinity` estimates.

    Args:
        reference: frames of each reference clip, `[n_i, d]`, n_i >= 1.
        systems: name -> frames of each generated clip, in the reference's order.
        seed: decides the resamples, the same for all systems.
        replicates: how many.
        confidence: 0.95 for a 95 % interval.
        samples: names in `systems` that are further samples of another; each sample's distance is taken by itself, in
            the same resamples of clips, and a system's is their mean (`metrics.samples`).

    Returns:
        System -> interval, whose n counts clips.

    Raises:
        ValueError: if a system has another number of clips than the reference.
    """
    for name, clips in systems.items():
        if len(clips) != len(reference):
            raise ValueError(f"{name} has {len(clips)} clips, the reference {len(reference)}")
    n = len(reference)
    first = [require_embeddings(frames, least=1) for frames in reference]
    seconds = {name: [require_embeddings(frames, least=1) for frames in clips] for name, clips in systems.items()}
    pooled = gaussian(np.concatenate(first))
    of_sets = {name: frechet_distance(pooled, gaussian(np.concatenate(clips))) for name, clips in seconds.items()}
    values = {name: float(value) for name, value in mean_over_samples(of_sets, samples).items()}
    if n < 2:
        return {name: percentile_interval(value, np.empty(0), n, confidence) for name, value in values.items()}
    distances = mean_over_samples(_replicates(first, seconds, resamples(n, replicates, seed)), samples)
    intervals = {}
    for name, value in values.items():
        centred = np.maximum(0.0, distances[name] - distances[name].mean() + value)
        intervals[name] = percentile_interval(value, centred, n, confidence)
    return intervals


def _replicates(reference: Sequence[Array], systems: Mapping[str, Sequence[Array]], draws: Indices) -> dict[str, Array]:
    """FAD of each system in each resample; the reference's root is taken once a resample."""
    distances: dict[str, list[float]] = {name: [] for name in systems}
    streams = {name: gaussians_of_resamples(clips, draws) for name, clips in systems.items()}
    for first in gaussians_of_resamples(reference, draws):
        root = root_of_covariance(first.covariance)
        for name, stream in streams.items():
            distances[name].append(frechet_distance(first, next(stream), root))
    return {name: np.array(values) for name, values in distances.items()}


def fad_floor(reference: Sequence[Array], seed: int, splits: int = 50, confidence: float = CONFIDENCE) -> Interval:
    """FAD of real music against real music: random halves of the clips against each other.

    A half has half of the clips, so the bias in 1/n is about twice that of the whole: a floor on the high side.

    Args:
        reference: frames of each clip, `[n_i, d]`.
        seed: decides the halves.
        splits: how many halvings.
        confidence: 0.95 for the middle 95 % of the halvings.

    Returns:
        Mean and middle share over halvings; n is the clips of a half.

    Raises:
        ValueError: if there are fewer than 2 clips.
    """
    half = len(reference) // 2
    if half < 1:
        raise ValueError("one clip has no halves")
    clips = [require_embeddings(frames, least=1) for frames in reference]
    rng = np.random.default_rng(derive_seed(seed, "fad_floor"))
    distances = []
    for _ in range(splits):
        order = rng.permutation(len(clips))
        first, second = (np.concatenate([clips[clip] for clip in part]) for part in (order[:half], order[-half:]))
        distances.append(frechet_distance(gaussian(first), gaussian(second)))
    return percentile_interval(float(np.mean(distances)), np.array(distances), half, confidence)
