"""Set-level metrics of a system's clips: diversity and memorisation of training data."""

import warnings
from collections.abc import Sequence

import numpy as np

from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.corpus.tokens import ACOUSTIC, SEMANTIC
from v2meow_pipeline.evaluation.audio_embeddings import AudioEmbeddings, EmbeddedSystems
from v2meow_pipeline.metrics.by_clip import Columns
from v2meow_pipeline.metrics.controls import GROUND_TRUTH
from v2meow_pipeline.metrics.diversity import between_clips, mean_pairwise_distance
from v2meow_pipeline.metrics.fad import QualityWarning
from v2meow_pipeline.metrics.memorisation import memorisation_scores, nearest_copies
from v2meow_pipeline.metrics.result import SummaryRow
from v2meow_pipeline.metrics.samples import ONE_SAMPLE, Samples, grouped
from v2meow_pipeline.metrics.validate import SHORTEST

FEWEST = 2


def diversity_rows(systems: EmbeddedSystems, samples: Samples, judges: Sequence[str]) -> list[SummaryRow]:
    """Diversity between the clips of each system.

    Args:
        systems: name -> embeddings of each clip.
        samples: additional sample in `systems` -> its system.
        judges: networks whose embeddings, averaged over time, are compared.

    Returns:
        Rows of `diversity_clips_<judge>`, the mean over samples. There is no interval, since a clip that is resampled
        twice is not a pair. No row for a single clip; NaN with a `QualityWarning` if an embedding is zero, as for
        silence.
    """
    rows = []
    for judge in judges:
        for name, names in grouped(list(systems), samples).items():
            grid = _grid([systems[sample] for sample in names], judge)
            if len(grid) >= FEWEST:
                known = _have_directions(grid, f"{judge}, {name}")
                distance, n = (between_clips(grid), len(grid)) if known else (np.nan, 0)
                rows.append(SummaryRow(name, f"diversity_clips_{judge}", distance, np.nan, np.nan, n))
    return rows


def diversity_of_seeds(systems: EmbeddedSystems, samples: Samples, judges: Sequence[str]) -> Columns:
    """Diversity between the samples (seeds) of each clip, as a per-clip score.

    Args:
        systems: name -> embeddings of each clip.
        samples: additional sample in `systems` -> its system.
        judges: networks whose embeddings, averaged over time, are compared.

    Returns:
        `diversity_seeds_<judge>` -> name -> one value per clip: the same for all samples of a system, NaN for systems
        with one sample. Empty if no system has several samples.
    """
    groups = grouped(list(systems), samples)
    if len(groups) == len(systems):
        return {}
    columns: dict[str, dict[str, list[float]]] = {}
    for judge in judges:
        columns[f"diversity_seeds_{judge}"] = of_name = {}
        for names in groups.values():
            grid = _grid([systems[name] for name in names], judge)
            several, what = len(names) >= FEWEST, f"{judge}, {names[0]}"
            found = [
                mean_pairwise_distance(of_clip) if several and _have_directions(of_clip, what) else np.nan
                for of_clip in grid
            ]
            of_name.update(dict.fromkeys(names, found))
    return columns


def _have_directions(vectors: np.ndarray, what: str) -> bool:
    if (np.linalg.norm(vectors.astype(np.float64), axis=-1) > SHORTEST).all():
        return True
    warnings.warn(f"{what}: an embedding is all zeros, so its diversity is undefined", QualityWarning, stacklevel=3)
    return False


def memorisation_rows(
    systems: EmbeddedSystems,
    tokens: ShardReader,
    training: Sequence[str],
    seed: int,
    samples: Samples = ONE_SAMPLE,
) -> list[SummaryRow]:
    """Memorisation metrics of each system, with the ground truth as held-out control.

    Args:
        systems: name -> embeddings with tokens, of clips of one length; must include "ground_truth", whose clips were
            not trained on.
        tokens: tokens of the corpus.
        training: ids of the training clips.
        seed: seed of the bootstrap resampling.
        samples: additional sample in `systems` -> its system; similarities are means over samples.

    Returns:
        Rows of `memorisation_<similarity>_<stream>` per system and ground truth, and of `memorisation_beyond_...`: the
        share of clips that are more similar to a training clip than any held-out clip is.
    """
    rows = []
    groups = grouped([name for name in systems if name != GROUND_TRUTH], samples)
    for stream in (SEMANTIC, ACOUSTIC):
        known = [_first_level(tokens.read(clip_id, stream)) for clip_id in training]
        held_out = nearest_copies([clip.tokens[stream] for clip in systems[GROUND_TRUTH]], known)
        for index, (name, names) in enumerate(groups.items()):
            made = [clip.tokens[stream] for sample in names for clip in systems[sample]]
            found = memorisation_scores(made, known, held_out, stream, seed, len(names))
            for key, score in found.items():
                rows.append(SummaryRow(name, key, *score.generated))
                beyond = key.replace("memorisation_", "memorisation_beyond_", 1)
                rows.append(SummaryRow(name, beyond, score.beyond, np.nan, np.nan, score.generated.n))
                if index == 0:
                    rows.append(SummaryRow(GROUND_TRUTH, key, *score.held_out))
    return rows


def _grid(samples: Sequence[Sequence[AudioEmbeddings]], judge: str) -> np.ndarray:
    """Embeddings averaged over time, [clip, sample, width]."""
    vectors = [[clip.frames[judge].mean(axis=0) for clip in of_sample] for of_sample in samples]
    return np.stack(vectors, axis=1)


def _first_level(tokens: np.ndarray) -> np.ndarray:
    """Tokens of the first level [t], from semantic tokens [t] or acoustic tokens [level, t]."""
    return tokens if tokens.ndim == 1 else tokens[0]
