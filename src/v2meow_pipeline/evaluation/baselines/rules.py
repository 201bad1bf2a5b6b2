"""Music from the picture's movement by rules, after CMT (Di et al. 2021, "Video background music generation with
controllable music transformer"): speed of movement to density of notes, peaks of movement to strength, timing to bars.
CMT's Transformer, which picks the notes, is not here: chords and instruments are a table (`style.py`).

| picture | music |
|---|---|
| period of the movement | tempo (`pulse.py`) |
| cut | a bar begins, with a cymbal |
| speed in a bar | notes a beat: none to four |
| peak of movement | the beat is louder and has more notes |
| a still picture | long soft chords, 72 BPM |
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from v2meow_pipeline.encoders.waves import to_rate
from v2meow_pipeline.evaluation.baselines.metre import Beat
from v2meow_pipeline.evaluation.baselines.style import BASS, CHORDS, DRUMS, LEAD, OCTAVE, Style, style_of
from v2meow_pipeline.evaluation.baselines.visual_tempo import beats_of, pulse_bpm
from v2meow_pipeline.media.loudness import normalise_loudness
from v2meow_pipeline.media.midi import RENDERER_HZ, Note, midi_file, play
from v2meow_pipeline.metrics.picture import Picture

REVISION = "rules-1"
# Mean speed from which on a bar is slow, moderate and fast, widths of the picture a second.
SPEEDS = (0.01, 0.06, 0.2)
# By level of movement: the lead's notes a beat; tempo where the movement has no period; integrated loudness.
NOTES_PER_BEAT = (0, 1, 2, 4)
TEMPI_BPM = (72.0, 84.0, 100.0, 120.0)
QUIETEST_LUFS, LUFS_PER_LEVEL = -24.0, 3.0
MODERATE, FAST = 2, 3
# Where a cut or a peak is this near to a beat, it is its.
NEAR_S = 0.15
KICK, SNARE, HAT, CRASH = 36, 38, 42, 49
SOFTEST, BY_LEVEL, BY_STRENGTH, LOUDEST = 48, 9, 30, 120
QUIETER_LEAD, QUIETER_HAT = 10, 24
FULL_CHORD = 0.5


class BeatCue(NamedTuple):
    """What the picture tells a beat.

    Attributes:
        beat: when.
        level: of the bar's movement, 0 (still) to 3 (fast).
        strength: in [0, 1], of the movement's peak on this beat.
        cut: whether a cut falls on it.
    """

    beat: Beat
    level: int
    strength: float
    cut: bool


def rules_music(picture: Picture, seed: int, sample_rate_hz: int) -> Float32[np.ndarray, " n"]:
    """Music for a clip.

    Args:
        picture: of the clip.
        seed: of the style; nothing else is drawn, so that equal pictures have equal music.
        sample_rate_hz: samples a second.

    Returns:
        Mono, round(duration_s * sample_rate_hz) samples, from -24 LUFS (still) to -15 LUFS (fast).
    """
    style = style_of(seed)
    midi = midi_file(compose(picture, style), style.voices)
    wave = to_rate(play(midi, "primary", 0.0, picture.duration_s).mean(axis=1), RENDERER_HZ, sample_rate_hz)
    count = round(picture.duration_s * sample_rate_hz)
    wave = np.pad(wave[:count], (0, max(0, count - len(wave))))
    return normalise_loudness(wave, sample_rate_hz, QUIETEST_LUFS + LUFS_PER_LEVEL * level_of(picture.motion))


def compose(picture: Picture, style: Style) -> list[Note]:
    """The notes of a clip.

    Args:
        picture: of the clip.
        style: chords and instruments.

    Returns:
        Within the clip, beat by beat.
    """
    return [note for told in _told(picture) for note in (*_chords(told, style), *_lead(told, style), *_drums(told))]


def tempo_of(picture: Picture) -> float:
    """The tempo that the rules take.

    Args:
        picture: of a clip.

    Returns:
        Beats a minute: that of the movement, or where it has none, the faster the more moves.
    """
    found = pulse_bpm(picture.motion, picture.motion_hz)
    return TEMPI_BPM[level_of(picture.motion)] if np.isnan(found) else found


def level_of(motion: Float32[np.ndarray, " t"] | np.ndarray) -> int:
    """How much moves, from 0 (still) to 3 (fast).

    Args:
        motion: widths of the picture a second.

    Returns:
        By the mean, against `SPEEDS`; 0 of nothing.
    """
    return int(np.searchsorted(SPEEDS, motion.mean(), side="right")) if len(motion) else 0


def _told(picture: Picture) -> list[BeatCue]:
    beats = beats_of(picture, tempo_of(picture))
    hz, told = picture.motion_hz, []
    for beat in beats:
        bar = [other for other in beats if other.bar == beat.bar]
        first, last = round(bar[0].start_s * hz), round((bar[-1].start_s + bar[-1].length_s) * hz)
        cut = any(abs(cut_s - beat.start_s) <= NEAR_S for cut_s in picture.cuts_s) and beat.number == 0
        told.append(
            BeatCue(beat, level_of(picture.motion[first : max(last, first + 1)]), _strength(picture, beat), cut)
        )
    return told


def _strength(picture: Picture, beat: Beat) -> float:
    """How high the highest peak on this beat is, of the clip's highest."""
    near = min(NEAR_S, beat.length_s / 2)
    on_beat = [peak for peak in picture.peaks_s if abs(peak - beat.start_s) <= near]
    if not on_beat:
        return 0.0
    heights = picture.motion[[min(round(peak * picture.motion_hz), len(picture.motion) - 1) for peak in on_beat]]
    return float(heights.max() / picture.motion.max())


def _velocity(told: BeatCue) -> int:
    return min(LOUDEST, SOFTEST + BY_LEVEL * told.level + round(BY_STRENGTH * max(told.strength, told.cut)))


def _chords(told: BeatCue, style: Style) -> Iterator[Note]:
    """Chord and bass: once a bar while nothing moves, twice if little does, else on every beat; more notes on peaks."""
    beat = told.beat
    every = (4, 2, 1, 1)[told.level]
    if beat.number % every and beat.start_s > 0:
        return
    length_s = (every - beat.number % every) * beat.length_s
    pitches, velocity = style.chord(beat.bar), _velocity(told)
    if told.strength >= FULL_CHORD or told.cut:
        pitches = [*pitches, pitches[0] + OCTAVE, pitches[1] + OCTAVE]
    for pitch in pitches:
        yield Note(beat.start_s, length_s, pitch, velocity, CHORDS)
    yield Note(beat.start_s, length_s, style.bass(beat.bar), velocity, BASS)


def _lead(told: BeatCue, style: Style) -> Iterator[Note]:
    beat, count = told.beat, NOTES_PER_BEAT[told.level]
    for step in range(count):
        start_s, length_s = beat.start_s + step * beat.length_s / count, beat.length_s / count
        pitch = style.lead(beat.bar, beat.number * count + step)
        yield Note(start_s, length_s, pitch, _velocity(told) - (QUIETER_LEAD if step else 0), LEAD)


def _drums(told: BeatCue) -> Iterator[Note]:
    """Kick and snare in turn from moderate movement on, hats with the lead; a cymbal where a cut begins a bar."""
    beat, velocity = told.beat, _velocity(told)
    if told.cut:
        yield Note(beat.start_s, beat.length_s, CRASH, velocity, DRUMS)
    if told.level == 0:
        return
    if beat.number % 2 == 0 or told.level >= MODERATE:
        yield Note(beat.start_s, beat.length_s / 2, SNARE if beat.number % 2 else KICK, velocity, DRUMS)
    count = NOTES_PER_BEAT[told.level] if told.level >= MODERATE else 0
    for step in range(count):
        start_s = beat.start_s + step * beat.length_s / count
        yield Note(start_s, beat.length_s / count, HAT, velocity - QUIETER_HAT, DRUMS)
