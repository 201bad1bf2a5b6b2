"""Per-clip scores: rhythm, tempo, key, loudness, silence, and synchrony with the video."""

import math
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from v2meow_pipeline.metrics import beats, energy, harmony, rhythm, synchrony, tempo
from v2meow_pipeline.metrics.picture import Picture
from v2meow_pipeline.metrics.result import ClipRow
from v2meow_pipeline.metrics.rhythm import Rhythm
from v2meow_pipeline.metrics.validate import Array, require_wave
from v2meow_pipeline.metrics.wave import Traits, analyse_wave
from v2meow_pipeline.parallel import parallel_map

TRUTH, ESTIMATED = "_to_truth", "_to_reference"


def require_systems(
    systems: Mapping[str, Sequence[Array]], reference: Sequence[Array], clip_ids: Sequence[str], sample_rate_hz: int
) -> None:
    """Checks that all systems have valid waves for all clips; skipping a missing clip would bias a system's score.

    Args:
        systems: name -> waves, `[n]` each.
        reference: ground-truth waves, `[n]` each.
        clip_ids: ids of the clips, one per wave.
        sample_rate_hz: sample rate of all waves, in Hz.

    Raises:
        ValueError: if a clip is missing, has another length than the reference, is empty or not finite; the message
            names system and clip.
    """
    if not systems:
        raise ValueError("no system to evaluate")
    if not clip_ids:
        raise ValueError("no clip to evaluate")
    if len(set(clip_ids)) != len(clip_ids):
        raise ValueError("clip ids repeat: each clip needs its own id")
    for name, waves in {"reference": reference, **systems}.items():
        if len(waves) != len(clip_ids):
            raise ValueError(f"{name} has {len(waves)} waves for {len(clip_ids)} clips")
        for clip_id, wave, truth in zip(clip_ids, waves, reference, strict=True):
            try:
                require_wave(wave, sample_rate_hz)
            except ValueError as error:
                raise ValueError(f"{name}, {clip_id}: {error}") from error
            if len(wave) != len(truth):
                raise ValueError(f"{name}, {clip_id}: {len(wave)} samples where the reference has {len(truth)}")


def analyse_waves(waves: Sequence[Array], sample_rate_hz: int, workers: int) -> dict[int, Traits]:
    """Features of each distinct wave, keyed by object `id`, so that a wave shared by several systems is analysed once.

    Args:
        waves: mono waveforms, `[n]` each; the caller must keep references, so that the ids stay valid.
        sample_rate_hz: sample rate of all waves, in Hz.
        workers: number of processes.

    Returns:
        `id` of the wave -> its features.
    """
    unique = {id(wave): wave for wave in waves}
    analyse = partial(analyse_wave, sample_rate_hz=sample_rate_hz)
    return dict(zip(unique, parallel_map(analyse, list(unique.values()), workers, "analysing waves"), strict=True))


def clip_rows(
    systems: Mapping[str, Sequence[Array]],
    reference: Sequence[Array],
    clip_ids: Sequence[str],
    tempo_bpm: Sequence[float],
    analyses: Mapping[int, Traits],
    pictures: Sequence[Picture | None] | None = None,
) -> list[ClipRow]:
    """Per-clip scores of all systems.

    Args:
        systems: name -> waves.
        reference: ground-truth waves.
        clip_ids: ids of the clips, one per wave.
        tempo_bpm: annotated tempo of each clip in BPM, NaN if unknown.
        analyses: features of every wave by its `id`, from `analyse_waves`.
        pictures: video events of each clip, None for a clip without video; None leaves all scores against video out.

    Returns:
        One row per system and clip, system-major. Scores against the annotated tempo are absent if no tempo is known,
        those against the video if no clip has a video.
    """
    with_truth = not all(math.isnan(truth) for truth in tempo_bpm)
    clip_pictures = pictures or [None] * len(clip_ids)
    rows: list[ClipRow] = [
        {
            "system": name,
            "clip_id": clip_id,
            **_scores(analyses[id(truth)], analyses[id(wave)], known_bpm if with_truth else None),
            **(_timing(analyses[id(wave)], picture) if picture else {}),
        }
        for name, waves in systems.items()
        for clip_id, wave, truth, known_bpm, picture in zip(
            clip_ids, waves, reference, tempo_bpm, clip_pictures, strict=True
        )
    ]
    keys = dict.fromkeys(key for row in rows for key in row)
    return [{key: row.get(key, math.nan) for key in keys} for row in rows]


def _scores(reference: Traits, generated: Traits, known_bpm: float | None) -> dict[str, float]:
    """All audio scores of one clip; beat coverage and hit in percent, as published."""
    return {
        **_rhythm_scores(reference.rhythm, generated.rhythm, known_bpm),
        **harmony.evaluate(reference.key, generated.key),
        **energy.scores(generated.loudness, reference.loudness, "reference"),
    }


def _timing(generated: Traits, picture: Picture) -> dict[str, float]:
    """Scores of one clip against its video."""
    beats_s = generated.rhythm.beats_s
    return {
        **synchrony.evaluate(picture.cuts_s, beats_s, picture.duration_s, "cuts"),
        **synchrony.evaluate(picture.peaks_s, beats_s, picture.duration_s, "peaks"),
        **energy.scores(generated.loudness, picture.motion_at(energy.ENVELOPE_HZ), "motion"),
    }


def _rhythm_scores(reference: Rhythm, generated: Rhythm, known_bpm: float | None) -> dict[str, float]:
    scores = {}
    for form in beats.FORMS:
        of_form = beats.beat_scores(reference.bins[form.name], generated.bins[form.name], form)
        scores[f"beat_coverage_{form.name}"] = 100 * of_form.coverage
        scores[f"beat_hit_{form.name}"] = 100 * of_form.hit
    scores.update(rhythm.evaluate(reference, generated))
    if known_bpm is not None:
        scores.update(_tempo_scores(generated.tempo_bpm, known_bpm, TRUTH))
    scores.update(_tempo_scores(generated.tempo_bpm, reference.tempo_bpm, ESTIMATED))
    return {**scores, "tempo_bpm": generated.tempo_bpm, "silent_share": generated.silent_share}


def _tempo_scores(estimate_bpm: float, truth_bpm: float, suffix: str) -> dict[str, float]:
    known = not np.isnan(truth_bpm)
    scores = tempo.evaluate(estimate_bpm, truth_bpm if known else tempo.PRIOR_BPM)
    return {key + suffix: score if known else float("nan") for key, score in scores.items()}
