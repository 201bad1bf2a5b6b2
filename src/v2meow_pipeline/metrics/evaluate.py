"""Evaluation of systems on a set of clips: all metrics, per clip and over the set with intervals.

Each wave is analysed once, and all systems share the same bootstrap resamples of clips. Missing or invalid input raises
an error that names system and clip. A score that is undefined for a clip is NaN; n is the number of clips with a value.
"""

import warnings
from collections.abc import Mapping, Sequence

import numpy as np

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.metrics.by_clip import analyse_waves, clip_rows, require_systems
from v2meow_pipeline.metrics.controls import RANDOM_SHUFFLE
from v2meow_pipeline.metrics.fad import QualityWarning, frechet_distance_of_clip, gaussian, quality_note
from v2meow_pipeline.metrics.judges import Embedded, Judge, embed
from v2meow_pipeline.metrics.picture import Picture
from v2meow_pipeline.metrics.result import ClipRow, EvaluationResult
from v2meow_pipeline.metrics.samples import ONE_SAMPLE, Samples, average_rows
from v2meow_pipeline.metrics.summary import EvaluateConfig, summarise, summarise_splits
from v2meow_pipeline.metrics.validate import Array

Columns = Mapping[str, Mapping[str, Sequence[float]]]


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
    samples: Samples = ONE_SAMPLE,
    splits: Sequence[str] | None = None,
) -> EvaluationResult:
    """Scores systems against the reference.

    Args:
        systems: name -> waves `[n]` at the clock's sample rate, in the order of `clip_ids`; including the controls
            (`controls.control_systems`).
        reference: ground-truth waves of the same lengths.
        clip_ids: ids of the clips, one per wave.
        tempo_bpm: annotated tempo of each clip in BPM, NaN if unknown.
        judges: name with variant -> embedding function or embeddings, for FAD; may be empty.
        clock: gives the sample rate.
        seed: seed of the bootstrap resampling.
        config: settings of the intervals, and the number of processes.
        pictures: cuts and motion of each clip's video for the synchrony metrics; None leaves these out.
        columns: additional per-clip scores: metric -> system -> one value per clip, NaN if a clip has none.
        samples: additional sample in `systems` -> its system, see `metrics.samples`; the score of a clip is the mean
            over its samples.
        splits: split of each clip; with several splits, each is also summarised separately.

    Returns:
        Rows by clip, and a summary: means over clips; standard deviations and F1 of beat scores by their set-level
        definition, in percent; FAD of the pooled frames; and the floor `ground_truth_halves`, the FAD between random
        halves of the ground truth, with mean and middle 95 % over halvings.

    Raises:
        ValueError: if a clip is missing, has another length than the reference, or is not finite; the message names
            system and clip.
    """
    config = config or EvaluateConfig()
    require_systems(systems, reference, clip_ids, clock.sample_rate_hz)
    for what, given in {"tempi": tempo_bpm, "splits": splits}.items():
        if given is not None and len(given) != len(clip_ids):
            raise ValueError(f"{len(given)} {what} for {len(clip_ids)} clips: give one per clip")
    embedded = {name: embed(name, judge, systems, reference, clip_ids) for name, judge in judges.items()}
    waves = [wave for of_system in (reference, *systems.values()) for wave in of_system]
    analyses = analyse_waves(waves, clock.sample_rate_hz, config.workers)
    rows = clip_rows(systems, reference, clip_ids, tempo_bpm, analyses, pictures)
    _add_columns(rows, columns or {}, list(systems))
    for name, frames in embedded.items():
        _add_distances_of_clips(rows, name, frames)
    rows = average_rows(rows, samples)
    of_clip = {} if splits is None else dict(zip(clip_ids, splits, strict=True))
    by_split = summarise_splits(rows, embedded, of_clip, samples, seed, config)
    summary = summarise(rows, embedded, samples, seed, config)
    return EvaluationResult(rows, summary, _notes(embedded), seed, len(clip_ids), by_split)


def _add_columns(rows: Sequence[ClipRow], columns: Columns, systems: Sequence[str]) -> None:
    for metric, of_system in columns.items():
        values = [value for name in systems for value in of_system[name]]
        for row, value in zip(rows, values, strict=True):
            row[metric] = float(value)


def _add_distances_of_clips(rows: Sequence[ClipRow], name: str, embedded: Embedded) -> None:
    """Adds the per-clip FAD, unless a clip has fewer than two frames."""
    clips = [frames for of_system in embedded.systems.values() for frames in of_system]
    if min(len(frames) for frames in clips) < 2:
        return
    pooled = gaussian(np.concatenate(embedded.reference))
    for row, frames in zip(rows, clips, strict=True):
        row[f"fad_per_clip_{name}"] = frechet_distance_of_clip(pooled, frames)


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
