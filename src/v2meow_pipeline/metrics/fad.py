"""Frechet audio distance: how far the embeddings of generated music lie from those of real music, as a whole.

Conventions: d2 = |m1 - m2|2 + Tr(S1 + S2 - 2 (S1 S2)^1/2), the *squared* distance in units of the embedding squared,
range [0, inf), 0 is best. Frames of all clips are pooled; covariance is unbiased; everything is float64; the trace goes
through `eigh` of S1^1/2 S2 S1^1/2. Scores of different embeddings, windows or hops are never compared: the key carries
them. Its bias grows as 1/n, so sets of different sizes are not compared either: see `fad_infinity`.

Sources: Kilgour et al. 2019 (FAD); Chong and Forsyth 2020, Gui et al. 2024 (FAD-infinity, per-clip FAD).
"""

import warnings
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.metrics.validate import Array
from v2meow_pipeline.seeding import derive_seed


class QualityWarning(UserWarning):
    """A score that can be computed and should not be trusted."""


class Gaussian(NamedTuple):
    """Sufficient statistics of embeddings: mean `[d]`, unbiased covariance `[d, d]`, frames `n`."""

    mean: Array
    covariance: Array
    n: int


class FrechetScore(NamedTuple):
    """A distance, the frames that it rests on, and what is to be known about its quality (empty if nothing)."""

    distance: float
    n_reference: int
    n_generated: int
    note: str


class FrechetInfinity(NamedTuple):
    """The distance extrapolated to infinitely many frames, the slope over 1/n, and the fit's r2 in [0, 1]."""

    distance: float
    slope: float
    r_squared: float
    n_generated: int


def require_embeddings(embeddings: Array, least: int = 2) -> Array:
    """The embeddings as float64.

    Args:
        embeddings: `[n, d]`.
        least: fewest frames that will do.

    Returns:
        `[n, d]`, float64.

    Raises:
        ValueError: if the shape is another, frames are too few for a covariance, or a value is not finite.
    """
    frames = np.asarray(embeddings, dtype=np.float64)
    if frames.ndim != 2:
        raise ValueError(f"embeddings [n, d] are needed, not an array of shape {frames.shape}")
    if len(frames) < least:
        count = "1 frame has" if len(frames) == 1 else f"{len(frames)} frames have"
        raise ValueError(f"{count} no covariance: at least {least} are needed")
    if not np.isfinite(frames).all():
        raise ValueError("the embeddings hold values that are not finite")
    return frames


def gaussian(embeddings: Array) -> Gaussian:
    """Mean and unbiased covariance of frames.

    Args:
        embeddings: `[n, d]`, n >= 2.

    Returns:
        Statistics in float64.
    """
    frames = require_embeddings(embeddings)
    mean = frames.mean(axis=0)
    centred = frames - mean
    return Gaussian(mean, centred.T @ centred / (len(frames) - 1), len(frames))


def root_of_covariance(covariance: Array) -> Array:
    """The symmetric square root, `[d, d]`; eigenvalues that rounding made negative count as 0.

    Args:
        covariance: `[d, d]`, symmetric, positive semidefinite.

    Returns:
        `[d, d]`.
    """
    values, vectors = np.linalg.eigh(covariance)
    root: Array = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    return root


def _sum_of_roots(product: Array) -> float:
    """Sum of the square roots of eigenvalues; those below rounding are noise that a root would raise to 1e-8."""
    values = np.linalg.eigvalsh(product)
    floor = len(values) * np.finfo(np.float64).eps * max(values[-1], 0.0)
    return float(np.sqrt(values[values > floor]).sum())


def frechet_distance(reference: Gaussian, generated: Gaussian, reference_root: Array | None = None) -> float:
    """The squared Frechet distance of two Gaussians.

    Args:
        reference: mean and covariance.
        generated: of the same dimension.
        reference_root: `root_of_covariance(reference.covariance)` where it is known already.

    Returns:
        d2 >= 0 (what rounding puts below zero is zero).

    Raises:
        ValueError: if the dimensions differ.
    """
    if reference.mean.shape != generated.mean.shape:
        raise ValueError(f"embeddings of {len(reference.mean)} and {len(generated.mean)} dimensions cannot be compared")
    root = root_of_covariance(reference.covariance) if reference_root is None else reference_root
    traces = np.trace(reference.covariance) + np.trace(generated.covariance)
    shared = _sum_of_roots(root @ generated.covariance @ root)
    return max(0.0, float(((reference.mean - generated.mean) ** 2).sum() + traces - 2 * shared))


def quality_note(n_reference: int, n_generated: int, dimensions: int) -> str:
    """What is to be known about a distance of so few frames; empty where there is nothing.

    Args:
        n_reference: frames of the reference.
        n_generated: frames of the generated set.
        dimensions: of the embedding.

    Returns:
        One sentence, or nothing.
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
        The distance, n, m, and a note where n or m does not exceed d (with a `QualityWarning`).
    """
    first, second = gaussian(reference), gaussian(generated)
    distance = frechet_distance(first, second)
    note = quality_note(first.n, second.n, len(first.mean))
    if note:
        warnings.warn(note, QualityWarning, stacklevel=2)
    return FrechetScore(distance, first.n, second.n, note)


def frechet_distance_of_clip(reference: Gaussian, embeddings: Array) -> float:
    """FAD of a single clip against a whole reference set: which clips lie far out (not a set's FAD, nor its share).

    A clip has few frames C (centred), so the roots of the n x n matrix C S1 C^T / (n - 1) are summed instead of those
    of the d x d product: they are the same numbers.

    Args:
        reference: statistics of the reference set.
        embeddings: frames of the clip, `[n, d]`, n >= 2.

    Returns:
        d2 >= 0.

    Raises:
        ValueError: if the dimensions differ.
    """
    frames = require_embeddings(embeddings)
    if frames.shape[1] != len(reference.mean):
        raise ValueError(f"embeddings of {len(reference.mean)} and {frames.shape[1]} dimensions cannot be compared")
    mean = frames.mean(axis=0)
    centred = (frames - mean) / np.sqrt(len(frames) - 1)
    traces = np.trace(reference.covariance) + float((centred**2).sum())
    shared = _sum_of_roots(centred @ reference.covariance @ centred.T)
    return max(0.0, float(((reference.mean - mean) ** 2).sum() + traces - 2 * shared))


def fad_infinity(reference: Array, generated: Array, seed: int, steps: int = 15) -> FrechetInfinity:
    """FAD without the bias of few generated frames: regressed on 1/n over growing subsets, read off at 1/n = 0.

    Args:
        reference: `[n, d]`; its own bias stays, so take as many as there are.
        generated: `[m, d]`, m >= 8.
        seed: decides which frames each subset has (drawn without replacement).
        steps: subsets, evenly spaced in 1/n from a quarter of the frames to all.

    Returns:
        The intercept (may be slightly negative), the slope, and how well the line fits.

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
