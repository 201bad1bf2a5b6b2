"""Bootstrap intervals of FAD, computed from sufficient statistics of each clip.

The pooled count, mean and covariance of a resample are weighted sums of the clips' counts, sums and outer products, so
a block of resamples costs one matrix product. Reference and generated clips are resampled in pairs.
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
        clips: embedding frames of each clip, `[n_i, d]`.
        draws: indices of the resampled clips, `[replicates, clip]`.
        at_once: resamples per block; memory is `at_once * d * d` doubles.

    Yields:
        Statistics of each resample, in the order of `draws`.
    """
    # Centred for numerical accuracy: sums of squares of embeddings with a large mean lose digits.
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
    """Sums over clips of weight * frames^T frames, `[replicate, d, d]`, with a few clips in memory at a time."""
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

    A resample contains fewer distinct clips, which raises its FAD (the bias in 1/n). Therefore the replicates are
    shifted so that their mean equals the value, and clipped at 0. The interval shows the variance over clips; the bias
    of the value itself remains and is estimated by `fad_infinity`.

    Args:
        reference: embedding frames of each reference clip, `[n_i, d]`, n_i >= 1.
        systems: name -> embedding frames of each generated clip, in the reference's order.
        seed: seed of the bootstrap resampling, shared by all systems.
        replicates: number of resamples.
        confidence: confidence level, such as 0.95.
        samples: additional sample in `systems` -> its system. Each sample's distance is computed separately, with the
            same resamples of clips; the system's distance is their mean (`metrics.samples`).

    Returns:
        System -> interval; n is the number of clips.

    Raises:
        ValueError: if a system and the reference differ in the number of clips.
    """
    for name, clips in systems.items():
        if len(clips) != len(reference):
            raise ValueError(f"{name} has {len(clips)} clips, the reference {len(reference)}: they must be paired")
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
    """FAD of each system in each resample; the root of the reference covariance is computed once per resample."""
    distances: dict[str, list[float]] = {name: [] for name in systems}
    streams = {name: gaussians_of_resamples(clips, draws) for name, clips in systems.items()}
    for first in gaussians_of_resamples(reference, draws):
        root = root_of_covariance(first.covariance)
        for name, stream in streams.items():
            distances[name].append(frechet_distance(first, next(stream), root))
    return {name: np.array(values) for name, values in distances.items()}


def fad_floor(reference: Sequence[Array], seed: int, splits: int = 50, confidence: float = CONFIDENCE) -> Interval:
    """FAD of real against real music: random halves of the clips against each other.

    A half has half of the clips, so its bias in 1/n is about twice that of the whole set: the floor is too high.

    Args:
        reference: embedding frames of each clip, `[n_i, d]`.
        seed: seeds the halvings.
        splits: number of halvings.
        confidence: central share of the halvings inside the interval, such as 0.95.

    Returns:
        Mean and percentile interval over halvings; n is the number of clips in a half.

    Raises:
        ValueError: if there are fewer than 2 clips.
    """
    half = len(reference) // 2
    if half < 1:
        raise ValueError(f"{len(reference)} clips cannot be divided into halves: at least 2 are needed")
    clips = [require_embeddings(frames, least=1) for frames in reference]
    rng = np.random.default_rng(derive_seed(seed, "fad_floor"))
    distances = []
    for _ in range(splits):
        order = rng.permutation(len(clips))
        first, second = (np.concatenate([clips[clip] for clip in part]) for part in (order[:half], order[-half:]))
        distances.append(frechet_distance(gaussian(first), gaussian(second)))
    return percentile_interval(float(np.mean(distances)), np.array(distances), half, confidence)
