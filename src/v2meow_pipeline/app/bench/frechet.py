"""Benchmark of FAD against the textbook formula with scipy's matrix square root."""

import numpy as np

from v2meow_pipeline.app.bench.comparison import Comparison, Work, compare
from v2meow_pipeline.metrics.fad import frechet_audio_distance
from v2meow_pipeline.metrics.validate import Array

FRAMES = 10_000
DIMENSIONS = (128, 1024)
TARGET = 3.0


def benchmark(repeats: int, frames: int = FRAMES) -> list[Comparison]:
    """Benchmarks FAD of two sets of random correlated embeddings.

    Args:
        repeats: number of repetitions.
        frames: number of embeddings per set.

    Returns:
        One result per number of dimensions; the note states the relative difference of the two values.
    """
    return [_compare(frames, dimensions, repeats) for dimensions in DIMENSIONS]


def _compare(frames: int, dimensions: int, repeats: int) -> Comparison:
    reference, generated = (embeddings(frames, dimensions, seed) for seed in (0, 1))
    expected = formula(reference, generated)
    difference = abs(frechet_audio_distance(reference, generated).distance - expected) / expected
    return compare(
        Work(f"FAD, {frames:,} x {dimensions:,}", 1, "value", "scipy.linalg.sqrtm", TARGET),
        lambda: frechet_audio_distance(reference, generated),
        lambda: formula(reference, generated),
        repeats,
        f"values differ by {difference:.0e}",
    )


def embeddings(frames: int, dimensions: int, seed: int) -> Array:
    """Random embeddings with correlated dimensions of different variances, [frames, dimensions]."""
    rng = np.random.default_rng(seed)
    mixing = rng.standard_normal((dimensions, dimensions)) / np.sqrt(dimensions)
    spread = np.logspace(0, -2, dimensions)
    mixed: Array = (rng.standard_normal((frames, dimensions)) * spread) @ mixing
    return mixed + 0.1 * rng.standard_normal(dimensions)


def formula(reference: Array, generated: Array) -> float:
    """FAD as in common packages: the square root of the product of both covariances.

    Args:
        reference: embeddings, [n, d].
        generated: embeddings, [m, d].

    Returns:
        Squared distance.
    """
    from scipy.linalg import sqrtm

    first, second = (np.cov(values, rowvar=False) for values in (reference, generated))
    means = reference.mean(axis=0) - generated.mean(axis=0)
    root = np.real(sqrtm(first @ second))
    return float(means @ means + np.trace(first) + np.trace(second) - 2 * np.trace(root))
