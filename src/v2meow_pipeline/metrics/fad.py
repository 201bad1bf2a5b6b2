"""Frechet audio distance (FAD) between the embeddings of generated and of real music.

Conventions: d2 = |m1 - m2|2 + Tr(S1 + S2 - 2 (S1 S2)^1/2), the *squared* distance in units of the embedding squared,
range [0, inf), 0 is best. Frames of all clips are pooled; the covariance is unbiased; all arithmetic is float64; the
trace is computed with `eigh` of S1^1/2 S2 S1^1/2. Scores with different embeddings, windows or hops are not comparable;
the metric key names them. The bias is proportional to 1/n, so sets of different sizes are not comparable either: see
`fad_infinity`.

Sources: Kilgour et al. 2019 (FAD); Chong and Forsyth 2020, Gui et al. 2024 (FAD-infinity, per-clip FAD).
"""

import warnings
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.metrics.validate import Array
from v2meow_pipeline.seeding import derive_seed


class QualityWarning(UserWarning):
    """Warning about a score that is computed but unreliable."""


class Gaussian(NamedTuple):
    """Gaussian statistics of embeddings: mean `[d]`, unbiased covariance `[d, d]`, number of frames `n`."""

    mean: Array
    covariance: Array
    n: int


class FrechetScore(NamedTuple):
    """FAD, numbers of frames, and a note about its reliability (empty if there is none)."""

    distance: float
    n_reference: int
    n_generated: int
    note: str


class FrechetInfinity(NamedTuple):
    """FAD extrapolated to infinitely many frames, slope over 1/n, and r2 of the fit in [0, 1]."""

    distance: float
    slope: float
    r_squared: float
    n_generated: int


def require_embeddings(embeddings: Array, least: int = 2) -> Array:
    """Validates embeddings and converts them to float64.

    Args:
        embeddings: embedding frames, `[n, d]`.
        least: minimum number of frames.

    Returns:
        Embedding frames, `[n, d]`, float64.

    Raises:
        ValueError: if the shape is not `[n, d]`, there are fewer than `least` frames, or a value is not finite.
    """
    frames = np.asarray(embeddings, dtype=np.float64)
    if frames.ndim != 2:
        raise ValueError(f"expected embeddings [n, d], got an array of shape {frames.shape}")
    if len(frames) < least:
        count = "1 frame is" if len(frames) == 1 else f"{len(frames)} frames are"
        raise ValueError(f"{count} too few: at least {least} needed")
    if not np.isfinite(frames).all():
        raise ValueError("the embeddings have values that are not finite")
    return frames


def gaussian(embeddings: Array) -> Gaussian:
    """Mean and unbiased covariance of embedding frames.

    Args:
        embeddings: embedding frames, `[n, d]`, n >= 2.

    Returns:
        Statistics in float64.
    """
    frames = require_embeddings(embeddings)
    mean = frames.mean(axis=0)
    centred = frames - mean
    return Gaussian(mean, centred.T @ centred / (len(frames) - 1), len(frames))


def root_of_covariance(covariance: Array) -> Array:
    """Symmetric square root of a covariance; eigenvalues that are negative by rounding count as 0.

    Args:
        covariance: symmetric positive semidefinite matrix, `[d, d]`.

    Returns:
        Square root, `[d, d]`.
    """
    values, vectors = np.linalg.eigh(covariance)
    root: Array = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    return root


def _sum_of_roots(product: Array) -> float:
    """Sum of the square roots of the eigenvalues above rounding error (the root of 1e-16 would add 1e-8 each)."""
    values = np.linalg.eigvalsh(product)
    floor = len(values) * np.finfo(np.float64).eps * max(values[-1], 0.0)
    return float(np.sqrt(values[values > floor]).sum())


def frechet_distance(reference: Gaussian, generated: Gaussian, reference_root: Array | None = None) -> float:
    """Squared Frechet distance of two Gaussians.

    Args:
        reference: statistics of the reference.
        generated: statistics of the generated set, of the same dimension.
        reference_root: precomputed `root_of_covariance(reference.covariance)`.

    Returns:
        d2 >= 0 (negative rounding errors become 0).

    Raises:
        ValueError: if the dimensions differ.
    """
    if reference.mean.shape != generated.mean.shape:
        raise ValueError(f"embeddings of {len(reference.mean)} and {len(generated.mean)} dimensions are not comparable")
    root = root_of_covariance(reference.covariance) if reference_root is None else reference_root
    traces = np.trace(reference.covariance) + np.trace(generated.covariance)
    shared = _sum_of_roots(root @ generated.covariance @ root)
    return max(0.0, float(((reference.mean - generated.mean) ** 2).sum() + traces - 2 * shared))


def quality_note(n_reference: int, n_generated: int, dimensions: int) -> str:
    """Note about the reliability of a distance with few frames.

    Args:
        n_reference: number of frames of the reference.
        n_generated: number of frames of the generated set.
        dimensions: dimension of the embedding.

    Returns:
        One sentence; empty if there are more frames than dimensions.
    """
    fewest = min(n_reference, n_generated)
    if fewest > dimensions:
        return ""
    return f"{fewest} frames of {dimensions} dimensions: rank-deficient covariance, the distance is biased upwards"


def frechet_audio_distance(reference: Array, generated: Array) -> FrechetScore:
    """FAD of two sets of embeddings.

    Args:
        reference: frames of real music, all clips pooled, `[n, d]`.
        generated: frames of generated music, all clips pooled, `[m, d]`.

    Returns:
        The distance, n, m, and a note (also emitted as a `QualityWarning`) if n or m does not exceed d.
    """
    first, second = gaussian(reference), gaussian(generated)
    distance = frechet_distance(first, second)
    note = quality_note(first.n, second.n, len(first.mean))
    if note:
        warnings.warn(note, QualityWarning, stacklevel=2)
    return FrechetScore(distance, first.n, second.n, note)


def frechet_distance_of_clip(reference: Gaussian, embeddings: Array) -> float:
    """Per-clip FAD: distance of a single clip from the whole reference set, for finding outliers.

    The mean over clips is not the FAD of the set. A clip has few frames C (centred), so the eigenvalues of the n x n
    matrix C S1 C^T / (n - 1) are used; they equal the non-zero ones of the d x d product.

    Args:
        reference: statistics of the reference set.
        embeddings: embedding frames of the clip, `[n, d]`, n >= 2.

    Returns:
        d2 >= 0.

    Raises:
        ValueError: if the dimensions differ.
    """
    frames = require_embeddings(embeddings)
    if frames.shape[1] != len(reference.mean):
        raise ValueError(f"embeddings of {len(reference.mean)} and {frames.shape[1]} dimensions are not comparable")
    mean = frames.mean(axis=0)
    centred = (frames - mean) / np.sqrt(len(frames) - 1)
    traces = np.trace(reference.covariance) + float((centred**2).sum())
    shared = _sum_of_roots(centred @ reference.covariance @ centred.T)
    return max(0.0, float(((reference.mean - mean) ** 2).sum() + traces - 2 * shared))


def fad_infinity(reference: Array, generated: Array, seed: int, steps: int = 15) -> FrechetInfinity:
    """FAD-infinity: linear regression of FAD on 1/n over subsets of the generated frames, extrapolated to 1/n = 0.

    Args:
        reference: frames of real music, `[n, d]`; the bias from their number is not removed, so use all of them.
        generated: frames of generated music, `[m, d]`, m >= 8.
        seed: seeds the subsets, which are drawn without replacement.
        steps: number of subset sizes, evenly spaced in 1/n from a quarter of the frames to all.

    Returns:
        The intercept (may be slightly negative), the slope, and r2 of the fit.

    Raises:
        ValueError: if there are too few frames or steps for a regression.
    """
    frames = require_embeddings(generated, least=8)
    if steps < 3:
        raise ValueError(f"{steps} steps are too few for a regression: at least 3 are needed")
    first = gaussian(reference)
    root = root_of_covariance(first.covariance)
    rng = np.random.default_rng(derive_seed(seed, "fad_infinity"))
    sizes = np.round(1 / np.linspace(4 / len(frames), 1 / len(frames), steps)).astype(int)
    subsets = (frames[rng.choice(len(frames), size, replace=False)] for size in sizes)
    distances = np.array([frechet_distance(first, gaussian(subset), root) for subset in subsets])
    slope, intercept = np.polyfit(1 / sizes, distances, 1)
    residuals = distances - (slope / sizes + intercept)
    spread = float(((distances - distances.mean()) ** 2).sum())
    r_squared = 1 - float((residuals**2).sum()) / spread if spread > 0 else 1.0
    return FrechetInfinity(float(intercept), float(slope), r_squared, len(frames))
