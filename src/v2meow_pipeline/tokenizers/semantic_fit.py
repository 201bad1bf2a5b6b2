"""Fitting of the semantic tokenizer: standardisation of features and k-means."""

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
    """Fitted weights of a semantic tokenizer.

    Attributes:
        mean: mean of each feature.
        scale: factor of each feature, applied after subtracting the mean.
        centres: k-means centres of the scaled features.
        onset: mean onset strength of the frames of each token.
    """

    mean: Float[np.ndarray, " width"]
    scale: Float[np.ndarray, " width"]
    centres: Float[np.ndarray, "token width"]
    onset: Float[np.ndarray, " token"]


def fit_weights(
    waves: Iterable[np.ndarray], features: FrameFeatures, config: SemanticConfig, clock: Clock
) -> SemanticWeights:
    """Fits means, scales and centres.

    Args:
        waves: mono float32 waveforms in [-1, 1] at the clock's sample rate. `k_means: reservoir` iterates over them
            once, `stream` `iterations` + 1 times, so it needs a re-iterable object.
        features: frame features.
        config: configuration of the tokenizer.
        clock: frame rates and vocabulary size.

    Returns:
        The fitted weights.

    Raises:
        ValueError: if there are no waveforms, or if `waves` is an iterator with `k_means: stream`.
    """
    streamed = config.k_means == "stream"
    if streamed and iter(waves) is waves:
        raise ValueError("`k_means: stream` iterates over the waveforms several times: pass a list or a re-iterable.")
    reservoir = Reservoir(config.max_frames, derive_seed(config.seed, "semantic", "reservoir"))
    moments = Moments()
    for rows, onset in _rows(waves, features, clock):
        reservoir.add(np.concatenate([rows, onset[:, None]], axis=1))
        if streamed:
            moments.add(rows)
    sample = reservoir.rows()
    mean, deviation = moments.result() if streamed else (sample[:, :-1].mean(0), sample[:, :-1].std(0))
    scale = group_scale(deviation, features.groups)
    scaled = (sample[:, :-1] - mean) * scale
    if streamed:
        stream = partial(_scaled_rows, waves, features, clock, mean, scale)
        seed = derive_seed(config.seed, "semantic", "stream")
        initial = fit_centres(scaled, clock.semantic_vocab, seed, full_iterations=1)
        centres = stream_centres(stream, initial, seed, config.iterations, config.batch_frames)
    else:
        seed = derive_seed(config.seed, "semantic", "k-means")
        centres = fit_centres(scaled, clock.semantic_vocab, seed, full_iterations=config.iterations)
    return SemanticWeights(mean, scale, centres, _mean_onset(nearest(scaled, centres), sample[:, -1], len(centres)))


def group_scale(spread: Float[np.ndarray, " width"], groups: tuple[FeatureGroup, ...]) -> Float[np.ndarray, " width"]:
    """Scale factors that give each group a total variance of its squared weight, equal over its columns."""
    scale = np.zeros_like(spread)
    for group in groups:
        columns = slice(group.start, group.stop)
        scale[columns] = group.weight / np.sqrt(group.stop - group.start) / np.maximum(spread[columns], 1e-6)
    return scale


def _rows(
    waves: Iterable[np.ndarray], features: FrameFeatures, clock: Clock
) -> Iterator[tuple[Float[np.ndarray, "t width"], Float[np.ndarray, " t"]]]:
    """Features and onset envelope of each waveform."""
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
