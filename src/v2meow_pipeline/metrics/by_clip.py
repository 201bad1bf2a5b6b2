"""The scores of single clips: rhythm, tempo, key, loudness, silence, and timing against the picture."""

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
    """Refuses waves that do not belong together, since a clip skipped in silence would flatter who lost it.

    Args:
        systems: name -> waves.
        reference: ground-truth waves.
        clip_ids: one a wave.
        sample_rate_hz: of all.

    Raises:
        ValueError: naming the system and clip that is missing, of another length, empty or not finite.
    """
    if not systems:
        raise ValueError("there is no system to evaluate")
    if not clip_ids:
        raise ValueError("there is no clip to evaluate")
    if len(set(clip_ids)) != len(clip_ids):
        raise ValueError("clip ids repeat")
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
    """The traits of each different wave, by its `id`: a wave that several systems share is analysed once.

    Args:
        waves: mono, `[n]` each; the caller keeps them, so that ids stay theirs.
        sample_rate_hz: of all.
        workers: processes.

    Returns:
        id of the wave -> its analysis.
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
    """A row a system and clip, system-major.

    Args:
        systems: name -> waves.
        reference: ground-truth waves.
        clip_ids: one a wave.
        tempo_bpm: known tempo of each clip, NaN where it is not.
        analyses: of every wave, by its `id`.
        pictures: of each clip, None where it has none.

    Returns:
        Rows; scores against the true tempo are absent where no clip's tempo is known, those against the picture where
        no clip has one.
    """
    with_truth = not all(math.isnan(truth) for truth in tempo_bpm)
    seen = pictures or [None] * len(clip_ids)
    rows: list[ClipRow] = [
        {
            "system": name,
            "clip_id": clip_id,
            **_scores(analyses[id(truth)], analyses[id(wave)], known_bpm if with_truth else None),
            **(_timing(analyses[id(wave)], picture) if picture else {}),
        }
        for name, waves in systems.items()
        for clip_id, wave, truth, known_bpm, picture in zip(clip_ids, waves, reference, tempo_bpm, seen, strict=True)
    ]
    keys = dict.fromkeys(key for row in rows for key in row)
    return [{key: row.get(key, math.nan) for key in keys} for row in rows]


def _scores(reference: Traits, generated: Traits, known_bpm: float | None) -> dict[str, float]:
    """All scores of one clip by its sound; beat coverage and hit in percent, as published."""
    return {
        **_rhythm_scores(reference.rhythm, generated.rhythm, known_bpm),
        **harmony.evaluate(reference.key, generated.key),
        **energy.scores(generated.loudness, reference.loudness, "reference"),
    }


def _timing(generated: Traits, picture: Picture) -> dict[str, float]:
    """Scores of one clip against its picture."""
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
