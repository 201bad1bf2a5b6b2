"""Summary of an evaluation: per-clip scores and embeddings of sets, reduced to one row per metric and system."""

from collections.abc import Mapping, Sequence

import numpy as np

from v2meow_pipeline.config import Config
from v2meow_pipeline.metrics import beats
from v2meow_pipeline.metrics.bootstrap import CONFIDENCE, REPLICATES, mean_interval, statistic_interval
from v2meow_pipeline.metrics.controls import GROUND_TRUTH
from v2meow_pipeline.metrics.fad import fad_infinity
from v2meow_pipeline.metrics.fad_bootstrap import FAD_REPLICATES, fad_floor, fad_intervals
from v2meow_pipeline.metrics.judges import Embedded
from v2meow_pipeline.metrics.result import NOT_AVERAGED, ClipRow, SummaryRow
from v2meow_pipeline.metrics.samples import OF_SEVERAL, Samples, mean_over_samples
from v2meow_pipeline.metrics.validate import Array, Indices

FLOOR = f"{GROUND_TRUTH}_halves"
FEWEST_FOR_INFINITY = 8
FEWEST_FOR_FLOOR = 4
FEWEST_FRAMES = 2


class EvaluateConfig(Config):
    """Settings of the bootstrap intervals, and the number of processes.

    Attributes:
        replicates: number of bootstrap resamples of clips for means.
        fad_replicates: number of bootstrap resamples for FAD, which is more expensive.
        floor_splits: number of random halvings of the ground truth for the floor of FAD.
        confidence: confidence level of the intervals, such as 0.95.
        workers: number of processes that analyse waves.
    """

    replicates: int = REPLICATES
    fad_replicates: int = FAD_REPLICATES
    floor_splits: int = 50
    confidence: float = CONFIDENCE
    workers: int = 1


def summarise(
    rows: Sequence[ClipRow], embedded: Mapping[str, Embedded], samples: Samples, seed: int, config: EvaluateConfig
) -> list[SummaryRow]:
    """Summarises all metrics over a set of clips.

    Args:
        rows: one row per clip and system, averaged over samples, with the same clips for every system.
        embedded: judge -> embedding frames of the same clips, including those of additional samples.
        samples: additional sample -> its system.
        seed: seed of the bootstrap resampling.
        config: settings of the intervals.

    Returns:
        Metric-major rows: means over clips; standard deviations and F1 of beat scores by their set-level definition, in
        percent; Frechet distances of sets and their floor.
    """
    summary = _summary_of_rows(rows, seed, config)
    for name, frames in embedded.items():
        summary += _summary_of_judge(name, frames, samples, seed, config)
    return summary


def summarise_splits(
    rows: Sequence[ClipRow],
    embedded: Mapping[str, Embedded],
    splits: Mapping[str, str],
    samples: Samples,
    seed: int,
    config: EvaluateConfig,
) -> dict[str, list[SummaryRow]]:
    """Summarises each split separately.

    Args:
        rows: one row per clip and system, see `summarise`, with the clips of all splits.
        embedded: judge -> embedding frames, see `summarise`, with clips in the order of `splits`.
        splits: clip id -> split.
        samples: additional sample -> its system.
        seed: seed of the bootstrap resampling.
        config: settings of the intervals.

    Returns:
        Split -> summary rows, in order of appearance; empty if there are fewer than two splits.
    """
    names = dict.fromkeys(splits.values())
    if len(names) < 2:
        return {}
    found = {}
    for split in names:
        indices = [index for index, of_clip in enumerate(splits.values()) if of_clip == split]
        of_split = [row for row in rows if splits[str(row["clip_id"])] == split]
        frames = {name: _part(judged, indices) for name, judged in embedded.items()}
        enough = {name: part for name, part in frames.items() if _fewest_frames(part) >= FEWEST_FRAMES}
        found[split] = summarise(of_split, enough, samples, seed, config)
    return found


def _part(embedded: Embedded, indices: Sequence[int]) -> Embedded:
    systems = {name: [clips[index] for index in indices] for name, clips in embedded.systems.items()}
    return Embedded([embedded.reference[index] for index in indices], systems)


def _fewest_frames(embedded: Embedded) -> int:
    """Smallest number of frames of any set; FAD needs at least two for the covariance."""
    return min(sum(map(len, clips)) for clips in (embedded.reference, *embedded.systems.values()))


def _summary_of_rows(rows: Sequence[ClipRow], seed: int, config: EvaluateConfig) -> list[SummaryRow]:
    of_system: dict[str, list[ClipRow]] = {}
    for row in rows:
        of_system.setdefault(str(row["system"]), []).append(row)
    metrics = [key for key in rows[0] if not key.startswith(NOT_AVERAGED)]
    summary = []
    for metric in metrics:
        for name, clips in of_system.items():
            values = np.array([row[metric] for row in clips], dtype=np.float64)
            interval = mean_interval(values, seed, config.replicates, config.confidence)
            if interval.n or not metric.startswith(OF_SEVERAL):
                summary.append(SummaryRow(name, metric, *interval))
    for form in beats.FORMS:
        summary += _set_level_beats(of_system, form.name, seed, config)
    return summary


def _set_level_beats(
    of_system: Mapping[str, Sequence[ClipRow]], form: str, seed: int, config: EvaluateConfig
) -> list[SummaryRow]:
    """F1 and standard deviations of the beat scores, which are statistics of the set and not means over clips."""
    summary = []
    for statistic in ("f1", "coverage_std", "hit_std"):
        for name, rows in of_system.items():
            scores = np.array([[row[f"beat_coverage_{form}"], row[f"beat_hit_{form}"]] for row in rows], np.float64)

            def of_clips(draw: Indices, scores: Array = scores, statistic: str = statistic) -> float:
                return float(getattr(beats.set_scores(scores[draw] / 100), statistic))

            interval = statistic_interval(of_clips, len(rows), seed, config.replicates, config.confidence)
            summary.append(SummaryRow(name, f"beat_{statistic}_{form}", *interval))
    return summary


def _summary_of_judge(
    name: str, embedded: Embedded, samples: Samples, seed: int, config: EvaluateConfig
) -> list[SummaryRow]:
    how = (config.fad_replicates, config.confidence)
    intervals = fad_intervals(embedded.reference, embedded.systems, seed, *how, samples)
    summary = [SummaryRow(system, f"fad_{name}", *interval) for system, interval in intervals.items()]
    reference, n = np.concatenate(embedded.reference), len(embedded.reference)
    pooled = {system: np.concatenate(clips) for system, clips in embedded.systems.items()}
    far = {
        system: fad_infinity(reference, frames, seed).distance
        for system, frames in pooled.items()
        if len(frames) >= FEWEST_FOR_INFINITY
    }
    for system, distance in mean_over_samples(far, samples).items():
        summary.append(SummaryRow(system, f"fad_infinity_{name}", float(distance), np.nan, np.nan, n))
    if len(embedded.reference) >= FEWEST_FOR_FLOOR:
        floor = fad_floor(embedded.reference, seed, config.floor_splits, config.confidence)
        summary.append(SummaryRow(FLOOR, f"fad_{name}", *floor))
    return summary
