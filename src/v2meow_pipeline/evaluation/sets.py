"""Scores of a system's clips as a set: how much they vary, and how near they lie to what was trained on."""

import warnings
from collections.abc import Mapping, Sequence

import numpy as np

from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.corpus.tokens import ACOUSTIC, SEMANTIC
from v2meow_pipeline.evaluation.hearing import Hearing
from v2meow_pipeline.metrics.controls import GROUND_TRUTH
from v2meow_pipeline.metrics.diversity import mean_pairwise_distance
from v2meow_pipeline.metrics.fad import QualityWarning
from v2meow_pipeline.metrics.memorisation import evaluate
from v2meow_pipeline.metrics.result import SummaryRow
from v2meow_pipeline.metrics.validate import SHORTEST

Systems = Mapping[str, Sequence[np.ndarray]]
FEWEST = 2


def diversity_rows(hearing: Hearing, systems: Systems, judges: Sequence[str]) -> list[SummaryRow]:
    """How much the clips of each system differ from one another.

    Args:
        hearing: of all waves.
        systems: name -> waves.
        judges: networks whose embeddings are compared, each clip's averaged over time.

    Returns:
        `diversity_clips_<judge>`, without intervals: a clip drawn twice is no pair. None for a single clip; NaN, with a
        `QualityWarning`, where a clip's embedding is all zeros, as some networks hear silence.
    """
    rows = []
    for judge in judges:
        for name, waves in systems.items():
            vectors = np.stack([hearing.of(wave).frames[judge].mean(axis=0) for wave in waves])
            if len(vectors) >= FEWEST:
                distance = _distance(vectors, f"{judge}, {name}")
                n = 0 if np.isnan(distance) else len(vectors)
                rows.append(SummaryRow(name, f"diversity_clips_{judge}", distance, np.nan, np.nan, n))
    return rows


def _distance(vectors: np.ndarray, what: str) -> float:
    if (np.linalg.norm(vectors.astype(np.float64), axis=1) <= SHORTEST).any():
        warnings.warn(f"{what}: an embedding of zeros has no direction, so no diversity", QualityWarning, stacklevel=3)
        return float("nan")
    return mean_pairwise_distance(vectors)


def memorisation_rows(
    hearing: Hearing,
    systems: Systems,
    truth: Sequence[np.ndarray],
    tokens: ShardReader,
    training: Sequence[str],
    seed: int,
) -> list[SummaryRow]:
    """How near each system's clips lie to the training clips, beside real clips that nobody trained on.

    Args:
        hearing: of all waves, with tokens.
        systems: name -> waves, of those that are asked about.
        truth: waves of the held-out clips.
        tokens: of the corpus.
        training: ids of the clips that were trained on.
        seed: of the intervals.

    Returns:
        `memorisation_<likeness>_<stream>` of each system and of the ground truth, and `memorisation_beyond_...`: the
        share of clips that are nearer to a training clip than any held-out one is.
    """
    rows = []
    for stream in (SEMANTIC, ACOUSTIC):
        known = [_first_level(tokens.read(clip_id, stream)) for clip_id in training]
        held_out = [hearing.of(wave).tokens[stream] for wave in truth]
        for turn, (name, waves) in enumerate(systems.items()):
            found = evaluate([hearing.of(wave).tokens[stream] for wave in waves], known, held_out, stream, seed)
            for key, score in found.items():
                rows.append(SummaryRow(name, key, *score.generated))
                beyond = key.replace("memorisation_", "memorisation_beyond_", 1)
                rows.append(SummaryRow(name, beyond, score.beyond, np.nan, np.nan, score.generated.n))
                if turn == 0:
                    rows.append(SummaryRow(GROUND_TRUTH, key, *score.held_out))
    return rows


def _first_level(tokens: np.ndarray) -> np.ndarray:
    """Semantic tokens have one level, acoustic ones several."""
    return tokens if tokens.ndim == 1 else tokens[0]
