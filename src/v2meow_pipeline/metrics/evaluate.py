"""Every metric of every system over a set of clips, with intervals: rows that a table, a tracker and a plot read.

Each wave is analysed once. All systems share resamples of clips, so their intervals are of the same draws. What cannot
be computed raises and is named; a score that a clip cannot have is NaN, and n says how many clips have one.
"""

import warnings
from collections.abc import Mapping, Sequence

import numpy as np

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config
from v2meow_pipeline.metrics import beats
from v2meow_pipeline.metrics.bootstrap import CONFIDENCE, REPLICATES, mean_interval, statistic_interval
from v2meow_pipeline.metrics.by_clip import analyse_waves, clip_rows, require_systems
from v2meow_pipeline.metrics.controls import GROUND_TRUTH, RANDOM_SHUFFLE
from v2meow_pipeline.metrics.fad import (
    QualityWarning,
    fad_infinity,
    frechet_distance_of_clip,
    gaussian,
    quality_note,
)
from v2meow_pipeline.metrics.fad_bootstrap import FAD_REPLICATES, fad_floor, fad_intervals
from v2meow_pipeline.metrics.judges import Embedded, Judge, embed
from v2meow_pipeline.metrics.picture import Picture
from v2meow_pipeline.metrics.result import NOT_AVERAGED, ClipRow, EvaluationResult, SummaryRow
from v2meow_pipeline.metrics.validate import Array, Indices

Columns = Mapping[str, Mapping[str, Sequence[float]]]

FLOOR = f"{GROUND_TRUTH}_halves"
FEWEST_FOR_INFINITY = 8
FEWEST_FOR_FLOOR = 4


class EvaluateConfig(Config):
    """How intervals are made, and with how many processes.

    Attributes:
        replicates: resamples of clips for means.
        fad_replicates: resamples for FAD, which costs more.
        floor_splits: random halvings of the ground truth, whose FAD is the floor of any system's.
        confidence: 0.95 for 95 % intervals.
        workers: processes that analyse waves.
    """

    replicates: int = REPLICATES
    fad_replicates: int = FAD_REPLICATES
    floor_splits: int = 50
    confidence: float = CONFIDENCE
    workers: int = 1


def evaluate(
    systems: Mapping[str, Sequence[Array]],
    reference: Sequence[Array],
    clip_ids: Sequence[str],
    tempo_bpm: Sequence[float],
    judges: Mapping[str, Judge],
    clock: Clock,
    seed: int,
    config: EvaluateConfig | None = None,
    pictures: Sequence[Picture | None] | None = None,
    columns: Columns | None = None,
) -> EvaluationResult:
    """Scores systems against the reference.

    Args:
        systems: name -> waves `[n]` at the clock's rate, in the order of `clip_ids`; controls included
            (`controls.control_systems`).
        reference: ground-truth waves of the same lengths.
        clip_ids: one a wave.
        tempo_bpm: known tempo of each clip, NaN where it is not.
        judges: name with variant -> function or embeddings, for FAD; may be empty.
        clock: gives the sample rate.
        seed: decides all resamples.
        config: how intervals are made.
        pictures: what happens in each clip's video, for the alignment of the two; None leaves it out.
        columns: scores of single clips that were made elsewhere: metric -> system -> one a clip, NaN where it has none.

    Returns:
        Rows by clip, and a summary: means over clips; standard deviations and F1 of beat scores by their set-level
        definition, percent; FAD of the pooled frames, with the floor `ground_truth_halves`: the FAD of one random half
        of the ground truth against the other, mean and middle 95 % over splits.

    Raises:
        ValueError: naming system and clip, if anything is missing, of another length, or not finite.
    """
    config = config or EvaluateConfig()
    require_systems(systems, reference, clip_ids, clock.sample_rate_hz)
    if len(tempo_bpm) != len(clip_ids):
        raise ValueError(f"{len(tempo_bpm)} tempi for {len(clip_ids)} clips")
    embedded = {name: embed(name, judge, systems, reference, clip_ids) for name, judge in judges.items()}
    waves = [wave for of_system in (reference, *systems.values()) for wave in of_system]
    analyses = analyse_waves(waves, clock.sample_rate_hz, config.workers)
    rows = clip_rows(systems, reference, clip_ids, tempo_bpm, analyses, pictures)
    _add_columns(rows, columns or {}, list(systems))
    for name, frames in embedded.items():
        _add_distances_of_clips(rows, name, frames)
    summary = _summary_of_rows(rows, list(systems), seed, config)
    for name, frames in embedded.items():
        summary += _summary_of_judge(name, frames, seed, config)
    return EvaluationResult(rows, summary, _notes(embedded), seed, len(clip_ids))


def _add_columns(rows: Sequence[ClipRow], columns: Columns, systems: Sequence[str]) -> None:
    for metric, of_system in columns.items():
        values = [value for name in systems for value in of_system[name]]
        for row, value in zip(rows, values, strict=True):
            row[metric] = float(value)


def _add_distances_of_clips(rows: Sequence[ClipRow], name: str, embedded: Embedded) -> None:
    """Adds each clip's own FAD; a judge that gives a clip one frame has none."""
    clips = [frames for of_system in embedded.systems.values() for frames in of_system]
    if min(len(frames) for frames in clips) < 2:
        return
    pooled = gaussian(np.concatenate(embedded.reference))
    for row, frames in zip(rows, clips, strict=True):
        row[f"fad_per_clip_{name}"] = frechet_distance_of_clip(pooled, frames)


def _summary_of_rows(
    rows: Sequence[ClipRow], systems: Sequence[str], seed: int, config: EvaluateConfig
) -> list[SummaryRow]:
    of_system = {name: [row for row in rows if row["system"] == name] for name in systems}
    metrics = [key for key in rows[0] if not key.startswith(NOT_AVERAGED)]
    summary = []
    for metric in metrics:
        for name, clips in of_system.items():
            values = np.array([row[metric] for row in clips], dtype=np.float64)
            interval = mean_interval(values, seed, config.replicates, config.confidence)
            summary.append(SummaryRow(name, metric, *interval))
    for form in beats.FORMS:
        summary += _set_level_beats(of_system, form.name, seed, config)
    return summary


def _set_level_beats(
    of_system: Mapping[str, Sequence[ClipRow]], form: str, seed: int, config: EvaluateConfig
) -> list[SummaryRow]:
    """F1 of the two means, and the sample standard deviations: functions of a set, not means over clips."""
    summary = []
    for statistic in ("f1", "coverage_std", "hit_std"):
        for name, rows in of_system.items():
            scores = np.array([[row[f"beat_coverage_{form}"], row[f"beat_hit_{form}"]] for row in rows], np.float64)

            def of_clips(draw: Indices, scores: Array = scores, statistic: str = statistic) -> float:
                return float(getattr(beats.set_scores(scores[draw] / 100), statistic))

            interval = statistic_interval(of_clips, len(rows), seed, config.replicates, config.confidence)
            summary.append(SummaryRow(name, f"beat_{statistic}_{form}", *interval))
    return summary


def _summary_of_judge(name: str, embedded: Embedded, seed: int, config: EvaluateConfig) -> list[SummaryRow]:
    intervals = fad_intervals(embedded.reference, embedded.systems, seed, config.fad_replicates, config.confidence)
    summary = [SummaryRow(system, f"fad_{name}", *interval) for system, interval in intervals.items()]
    reference, n = np.concatenate(embedded.reference), len(embedded.reference)
    for system, clips in embedded.systems.items():
        frames = np.concatenate(clips)
        if len(frames) >= FEWEST_FOR_INFINITY:
            found = fad_infinity(reference, frames, seed)
            summary.append(SummaryRow(system, f"fad_infinity_{name}", found.distance, np.nan, np.nan, n))
    if len(embedded.reference) >= FEWEST_FOR_FLOOR:
        floor = fad_floor(embedded.reference, seed, config.floor_splits, config.confidence)
        summary.append(SummaryRow(FLOOR, f"fad_{name}", *floor))
    return summary


def _notes(embedded: Mapping[str, Embedded]) -> list[str]:
    """What is to be known about each judge's distances; warned about too."""
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
