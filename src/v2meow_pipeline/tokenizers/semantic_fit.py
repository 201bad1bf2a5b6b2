"""Fitting of semantic tokens: standardised features, and centres of them."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.progress import track
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.tokenizers.features import FeatureGroup, FrameFeatures, onset_envelope
from v2meow_pipeline.tokenizers.kmeans import fit_centres, nearest
from v2meow_pipeline.tokenizers.reservoir import Reservoir
from v2meow_pipeline.tokenizers.semantic_config import SemanticConfig
from v2meow_pipeline.tokenizers.streaming_kmeans import Moments, stream_centres


class SemanticWeights(NamedTuple):
    """What is fitted.

    Attributes:
        mean: of each feature.
        scale: what each feature is multiplied by, once the mean is taken off.
        centres: of the scaled features.
        onset: mean onset strength of the frames that each token stands for.
    """

    mean: Float[np.ndarray, " width"]
    scale: Float[np.ndarray, " width"]
    centres: Float[np.ndarray, "token width"]
    onset: Float[np.ndarray, " token"]


def fit_weights(
    waves: Iterable[np.ndarray], features: FrameFeatures, config: SemanticConfig, clock: Clock
) -> SemanticWeights:
    """Means, scales and centres.

    Args:
        waves: mono float32 waves in [-1, 1] at the clock's rate. A reservoir is fitted in one go; a stream is gone
            through `iterations` + 1 times, so an iterator, which is empty after the first, is refused.
        features: of the waves.
        config: what to fit.
        clock: rates and vocabulary.

    Returns:
        What was fitted. No waves, or an iterator for a stream, is a ValueError.
    """
    streamed = config.k_means == "stream"
    if streamed and iter(waves) is waves:
        raise ValueError("A stream is read several times: give a list, or an object that starts anew.")
    reservoir = Reservoir(config.max_frames, derive_seed(config.seed, "semantic", "reservoir"))
    moments = Moments()
    for rows, onset in _rows(waves, features, clock):
        reservoir.add(np.concatenate([rows, onset[:, None]], axis=1))
        if streamed:
            moments.add(rows)
    kept = reservoir.rows()
    mean, spread = moments.result() if streamed else (kept[:, :-1].mean(0), kept[:, :-1].std(0))
    scale = group_scale(spread, features.groups)
    scaled = (kept[:, :-1] - mean) * scale
    if streamed:
        again = partial(_scaled_rows, waves, features, clock, mean, scale)
        seed = derive_seed(config.seed, "semantic", "stream")
        first = fit_centres(scaled, clock.semantic_vocab, seed, full_iterations=1)
        centres = stream_centres(again, first, seed, config.iterations, config.batch_frames)
    else:
        seed = derive_seed(config.seed, "semantic", "k-means")
        centres = fit_centres(scaled, clock.semantic_vocab, seed, full_iterations=config.iterations)
    return SemanticWeights(mean, scale, centres, _mean_onset(nearest(scaled, centres), kept[:, -1], len(centres)))


def group_scale(spread: Float[np.ndarray, " width"], groups: tuple[FeatureGroup, ...]) -> Float[np.ndarray, " width"]:
    """What gives each column unit variance, and each group as much variance in all as the square of its weight."""
    scale = np.zeros_like(spread)
    for group in groups:
        columns = slice(group.start, group.stop)
        scale[columns] = group.weight / np.sqrt(group.stop - group.start) / np.maximum(spread[columns], 1e-6)
    return scale


def _rows(
    waves: Iterable[np.ndarray], features: FrameFeatures, clock: Clock
) -> Iterator[tuple[Float[np.ndarray, "t width"], Float[np.ndarray, " t"]]]:
    """Features and onset strength of each wave."""
    for wave in track(waves, "semantic frames"):
        t = clock.semantic_frames(len(wave) / clock.sample_rate_hz)
        yield features.compute(wave, t), onset_envelope(wave, clock)


def _scaled_rows(
    waves: Iterable[np.ndarray], features: FrameFeatures, clock: Clock, mean: np.ndarray, scale: np.ndarray
) -> Iterator[Float[np.ndarray, "t width"]]:
    return ((rows - mean) * scale for rows, _ in _rows(waves, features, clock))


def _mean_onset(tokens: np.ndarray, onset: np.ndarray, vocab: int) -> Float[np.ndarray, " token"]:
    counts = np.bincount(tokens, minlength=vocab)
    return (np.bincount(tokens, weights=onset, minlength=vocab) / np.maximum(counts, 1)).astype(np.float32)
