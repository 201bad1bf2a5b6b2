"""Per-clip scores: rhythm, tempo, key, loudness, silence, and synchrony with the video."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from v2meow_pipeline.metrics import beats, energy, harmony, rhythm, synchrony, tempo
from v2meow_pipeline.metrics.picture import Picture
from v2meow_pipeline.metrics.result import ClipRow
from v2meow_pipeline.metrics.rhythm import Rhythm
from v2meow_pipeline.metrics.wave import WaveFeatures

# Metric -> system -> one value per clip.
Columns = Mapping[str, Mapping[str, Sequence[float]]]
TRUTH, ESTIMATED = "_to_truth", "_to_reference"


def score_clips(
    systems: Mapping[str, Sequence[WaveFeatures]],
    reference: Sequence[WaveFeatures],
    clip_ids: Sequence[str],
    tempo_bpm: Sequence[float],
    pictures: Sequence[Picture | None] | None = None,
) -> list[ClipRow]:
    """Per-clip scores of all systems.

    Args:
        systems: name -> features of each clip's waveform.
        reference: features of the ground truth.
        clip_ids: ids of the clips.
        tempo_bpm: annotated tempo of each clip in BPM, NaN if unknown.
        pictures: video events of each clip, None for a clip without video; None leaves all scores against video out.

    Returns:
        One row per system and clip, system-major. Scores against the annotated tempo are absent if no tempo is known,
        those against the video if no clip has a video.

    Raises:
        ValueError: if a clip is missing or has another length than the reference; the message names system and clip.
    """
    _require_complete(systems, reference, clip_ids, tempo_bpm)
    with_truth = not all(math.isnan(truth) for truth in tempo_bpm)
    clip_pictures = pictures or [None] * len(clip_ids)
    rows: list[ClipRow] = [
        {
            "system": name,
            "clip_id": clip_id,
            **_scores(truth, wave, known_bpm if with_truth else None),
            **(_timing(wave, picture) if picture else {}),
        }
        for name, waves in systems.items()
        for clip_id, wave, truth, known_bpm, picture in zip(
            clip_ids, waves, reference, tempo_bpm, clip_pictures, strict=True
        )
    ]
    keys = dict.fromkeys(key for row in rows for key in row)
    return [{key: row.get(key, math.nan) for key in keys} for row in rows]


def add_columns(rows: Sequence[ClipRow], columns: Columns) -> None:
    """Adds further per-clip scores to the rows.

    Args:
        rows: result of `score_clips`.
        columns: metric -> system -> one value per clip, NaN if a clip has none.

    Raises:
        ValueError: if the number of values differs from the number of rows.
    """
    names = list(dict.fromkeys(str(row["system"]) for row in rows))
    for metric, of_system in columns.items():
        values = [value for name in names for value in of_system[name]]
        for row, value in zip(rows, values, strict=True):
            row[metric] = float(value)


def _require_complete(
    systems: Mapping[str, Sequence[WaveFeatures]],
    reference: Sequence[WaveFeatures],
    clip_ids: Sequence[str],
    tempo_bpm: Sequence[float],
) -> None:
    """Raises a ValueError if a system lacks a clip: skipping it would bias the system's score."""
    if not systems:
        raise ValueError("no system to evaluate")
    if not clip_ids:
        raise ValueError("no clip to evaluate")
    if len(set(clip_ids)) != len(clip_ids):
        raise ValueError("clip ids repeat: each clip needs its own id")
    if len(tempo_bpm) != len(clip_ids):
        raise ValueError(f"{len(tempo_bpm)} tempi for {len(clip_ids)} clips: give one per clip")
    for name, waves in {"reference": reference, **systems}.items():
        if len(waves) != len(clip_ids):
            raise ValueError(f"{name} has {len(waves)} waves for {len(clip_ids)} clips")
        for clip_id, wave, truth in zip(clip_ids, waves, reference, strict=True):
            if wave.samples != truth.samples:
                raise ValueError(f"{name}, {clip_id}: {wave.samples} samples where the reference has {truth.samples}")


def _scores(reference: WaveFeatures, generated: WaveFeatures, known_bpm: float | None) -> dict[str, float]:
    """All audio scores of one clip; beat coverage and hit in percent, as published."""
    return {
        **_rhythm_scores(reference.rhythm, generated.rhythm, known_bpm),
        **harmony.key_scores(reference.key, generated.key),
        **energy.loudness_correlations(generated.loudness, reference.loudness, "reference"),
    }


def _timing(generated: WaveFeatures, picture: Picture) -> dict[str, float]:
    """Scores of one clip against its video."""
    beats_s = generated.rhythm.beats_s
    return {
        **synchrony.synchrony_scores(picture.cuts_s, beats_s, picture.duration_s, "cuts"),
        **synchrony.synchrony_scores(picture.peaks_s, beats_s, picture.duration_s, "peaks"),
        **energy.loudness_correlations(generated.loudness, picture.motion_at(energy.ENVELOPE_HZ), "motion"),
    }


def _rhythm_scores(reference: Rhythm, generated: Rhythm, known_bpm: float | None) -> dict[str, float]:
    scores = {}
    for form in beats.FORMS:
        of_form = beats.beat_scores(reference.bins[form.name], generated.bins[form.name], form)
        scores[f"beat_coverage_{form.name}"] = 100 * of_form.coverage
        scores[f"beat_hit_{form.name}"] = 100 * of_form.hit
    scores.update(rhythm.rhythm_scores(reference, generated))
    if known_bpm is not None:
        scores.update(_tempo_scores(generated.tempo_bpm, known_bpm, TRUTH))
    scores.update(_tempo_scores(generated.tempo_bpm, reference.tempo_bpm, ESTIMATED))
    return {**scores, "tempo_bpm": generated.tempo_bpm, "silent_share": generated.silent_share}


def _tempo_scores(estimate_bpm: float, truth_bpm: float, suffix: str) -> dict[str, float]:
    known = not np.isnan(truth_bpm)
    scores = tempo.tempo_scores(estimate_bpm, truth_bpm if known else tempo.PRIOR_BPM)
    return {key + suffix: score if known else float("nan") for key, score in scores.items()}
