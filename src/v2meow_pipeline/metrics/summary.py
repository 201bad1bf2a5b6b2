"""Summary of an evaluation: per-clip scores and embeddings of sets, reduced to one row per metric and system."""

import warnings
from collections.abc import Mapping, Sequence

import numpy as np

from v2meow_pipeline.config import Config
from v2meow_pipeline.metrics import beats
from v2meow_pipeline.metrics.bootstrap import CONFIDENCE, REPLICATES, mean_interval, statistic_interval
from v2meow_pipeline.metrics.controls import GROUND_TRUTH, RANDOM_SHUFFLE
from v2meow_pipeline.metrics.fad import QualityWarning, fad_infinity, quality_note
from v2meow_pipeline.metrics.fad_bootstrap import FAD_REPLICATES, fad_floor, fad_intervals
from v2meow_pipeline.metrics.judges import FEWEST_FRAMES, Embedded
from v2meow_pipeline.metrics.result import NOT_AVERAGED, ClipRow, EvaluationResult, SummaryRow
from v2meow_pipeline.metrics.samples import OF_SEVERAL, ONE_SAMPLE, Samples, average_rows, mean_over_samples
from v2meow_pipeline.metrics.validate import Array, Indices

FLOOR = f"{GROUND_TRUTH}_halves"
FEWEST_FOR_INFINITY = 8
FEWEST_FOR_FLOOR = 4


class MetricsConfig(Config):
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
    rows: Sequence[ClipRow],
    embedded: Mapping[str, Embedded],
    seed: int,
    config: MetricsConfig,
    samples: Samples = ONE_SAMPLE,
    splits: Sequence[str] | None = None,
) -> EvaluationResult:
    """Summarises the scores of all clips.

    All systems share the same bootstrap resamples of clips. A score that is undefined for a clip is NaN; n is the
    number of clips with a value.

    Args:
        rows: one row per system, additional sample and clip, from `by_clip.score_clips`.
        embedded: judge -> embedding frames of the same systems and clips, for FAD; may be empty.
        seed: seed of the bootstrap resampling.
        config: settings of the intervals.
        samples: additional sample -> its system, see `metrics.samples`; the score of a clip is the mean over its
            samples.
        splits: split of each clip; with several splits, each is also summarised separately.

    Returns:
        Rows averaged over samples, and a summary: means over clips; standard deviations and F1 of beat scores by their
        set-level definition, in percent; FAD of the pooled frames; and the floor `ground_truth_halves`, the FAD between
        random halves of the ground truth, with mean and middle 95 % over halvings.

    Raises:
        ValueError: if the number of splits differs from the number of clips.
    """
    averaged = average_rows(rows, samples)
    clip_ids = list(dict.fromkeys(str(row["clip_id"]) for row in averaged))
    if splits is not None and len(splits) != len(clip_ids):
        raise ValueError(f"{len(splits)} splits for {len(clip_ids)} clips: give one per clip")
    of_clip = {} if splits is None else dict(zip(clip_ids, splits, strict=True))
    by_split = _summarise_splits(averaged, embedded, of_clip, samples, seed, config)
    summary = _summary(averaged, embedded, samples, seed, config)
    return EvaluationResult(averaged, summary, _notes(embedded), seed, len(clip_ids), by_split)


def _summary(
    rows: Sequence[ClipRow], embedded: Mapping[str, Embedded], samples: Samples, seed: int, config: MetricsConfig
) -> list[SummaryRow]:
    """Metric-major summary rows of a set of clips."""
    summary = _summary_of_rows(rows, seed, config)
    for name, frames in embedded.items():
        summary += _summary_of_judge(name, frames, samples, seed, config)
    return summary


def _summarise_splits(
    rows: Sequence[ClipRow],
    embedded: Mapping[str, Embedded],
    splits: Mapping[str, str],
    samples: Samples,
    seed: int,
    config: MetricsConfig,
) -> dict[str, list[SummaryRow]]:
    """Summary rows of each split, given the split of each clip id; empty if there are fewer than two splits."""
    names = dict.fromkeys(splits.values())
    if len(names) < 2:
        return {}
    found = {}
    for split in names:
        indices = [index for index, of_clip in enumerate(splits.values()) if of_clip == split]
        of_split = [row for row in rows if splits[str(row["clip_id"])] == split]
        frames = {name: _part(judged, indices) for name, judged in embedded.items()}
        enough = {name: part for name, part in frames.items() if _fewest_frames(part) >= FEWEST_FRAMES}
        found[split] = _summary(of_split, enough, samples, seed, config)
    return found


def _notes(embedded: Mapping[str, Embedded]) -> list[str]:
    """Caveats about each judge's distances; quality notes are also emitted as warnings."""
    notes = []
    for name, (reference, systems) in embedded.items():
        frames = [sum(map(len, clips)) for clips in (reference, *systems.values())]
        if RANDOM_SHUFFLE in systems:
            notes.append(
                f"{name}: {RANDOM_SHUFFLE} is the ground truth in another order, so its FAD is 0 by construction"
            )
        note = quality_note(frames[0], min(frames), reference[0].shape[1])
        if note:
            notes.append(f"{name}: {note}")
            warnings.warn(notes[-1], QualityWarning, stacklevel=3)
    return notes


def _part(embedded: Embedded, indices: Sequence[int]) -> Embedded:
    systems = {name: [clips[index] for index in indices] for name, clips in embedded.systems.items()}
    return Embedded([embedded.reference[index] for index in indices], systems)


def _fewest_frames(embedded: Embedded) -> int:
    """Smallest number of frames of any set; FAD needs at least two for the covariance."""
    return min(sum(map(len, clips)) for clips in (embedded.reference, *embedded.systems.values()))


def _summary_of_rows(rows: Sequence[ClipRow], seed: int, config: MetricsConfig) -> list[SummaryRow]:
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
    of_system: Mapping[str, Sequence[ClipRow]], form: str, seed: int, config: MetricsConfig
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
    name: str, embedded: Embedded, samples: Samples, seed: int, config: MetricsConfig
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
