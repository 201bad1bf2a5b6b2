"""Rule-based music from the motion of a video, after CMT (Di et al. 2021, "Video background music generation with
controllable music transformer"): motion speed controls note density, motion peaks control note strength, and timing
controls the bars. CMT's Transformer, which chooses the notes, is replaced by tables of chords and instruments
(`style.py`).

| video | music |
|---|---|
| period of the motion | tempo (`visual_tempo.py`) |
| cut | start of a bar, with a cymbal |
| motion speed in a bar | notes per beat: none to four |
| motion peak | louder beat with more notes |
| still image | long soft chords, 72 BPM |
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
# Minimum mean speed of slow, moderate and fast motion, in frame widths per second.
SPEEDS = (0.01, 0.06, 0.2)
# By motion level: notes per beat of the lead; tempo for motion without a period; integrated loudness.
NOTES_PER_BEAT = (0, 1, 2, 4)
TEMPI_BPM = (72.0, 84.0, 100.0, 120.0)
QUIETEST_LUFS, LUFS_PER_LEVEL = -24.0, 3.0
MODERATE, FAST = 2, 3
# Maximum distance at which a cut or a peak is assigned to a beat.
NEAR_S = 0.15
KICK, SNARE, HAT, CRASH = 36, 38, 42, 49
SOFTEST, BY_LEVEL, BY_STRENGTH, LOUDEST = 48, 9, 30, 120
QUIETER_LEAD, QUIETER_HAT = 10, 24
FULL_CHORD = 0.5


class BeatCue(NamedTuple):
    """Beat with the video cues that control its notes.

    Attributes:
        beat: position of the beat.
        level: motion level of the bar, 0 (still) to 3 (fast).
        strength: height of the motion peak on this beat, in [0, 1].
        cut: whether there is a cut on this beat.
    """

    beat: Beat
    level: int
    strength: float
    cut: bool


def rules_music(picture: Picture, seed: int, sample_rate_hz: int) -> Float32[np.ndarray, " n"]:
    """Renders the music of a clip.

    Args:
        picture: cuts and motion of the clip.
        seed: seeds the style; nothing else is random, so equal videos have equal music.
        sample_rate_hz: sample rate in Hz.

    Returns:
        Mono waveform, round(duration_s * sample_rate_hz) samples, from -24 LUFS (still) to -15 LUFS (fast).
    """
    style = style_of(seed)
    midi = midi_file(compose(picture, style), style.voices)
    wave = to_rate(play(midi, "primary", 0.0, picture.duration_s).mean(axis=1), RENDERER_HZ, sample_rate_hz)
    count = round(picture.duration_s * sample_rate_hz)
    wave = np.pad(wave[:count], (0, max(0, count - len(wave))))
    return normalise_loudness(wave, sample_rate_hz, QUIETEST_LUFS + LUFS_PER_LEVEL * level_of(picture.motion))


def compose(picture: Picture, style: Style) -> list[Note]:
    """Composes the notes of a clip.

    Args:
        picture: cuts and motion of the clip.
        style: chords and instruments.

    Returns:
        Notes within the clip, beat by beat.
    """
    return [note for cue in _beat_cues(picture) for note in (*_chords(cue, style), *_lead(cue, style), *_drums(cue))]


def tempo_of(picture: Picture) -> float:
    """Tempo of the rule-based music.

    Args:
        picture: cuts and motion of the clip.

    Returns:
        Tempo of the motion in beats per minute; for motion without a period, the tempo of its level in `TEMPI_BPM`.
    """
    found = pulse_bpm(picture.motion, picture.motion_hz)
    return TEMPI_BPM[level_of(picture.motion)] if np.isnan(found) else found


def level_of(motion: Float32[np.ndarray, " t"] | np.ndarray) -> int:
    """Motion level, from 0 (still) to 3 (fast).

    Args:
        motion: motion speed in frame widths per second, [t].

    Returns:
        Number of thresholds in `SPEEDS` that the mean reaches; 0 for an empty array.
    """
    return int(np.searchsorted(SPEEDS, motion.mean(), side="right")) if len(motion) else 0


def _beat_cues(picture: Picture) -> list[BeatCue]:
    beats = beats_of(picture, tempo_of(picture))
    hz, cues = picture.motion_hz, []
    for beat in beats:
        bar = [other for other in beats if other.bar == beat.bar]
        first, last = round(bar[0].start_s * hz), round((bar[-1].start_s + bar[-1].length_s) * hz)
        cut = any(abs(cut_s - beat.start_s) <= NEAR_S for cut_s in picture.cuts_s) and beat.number == 0
        cues.append(
            BeatCue(beat, level_of(picture.motion[first : max(last, first + 1)]), _strength(picture, beat), cut)
        )
    return cues


def _strength(picture: Picture, beat: Beat) -> float:
    """Height of the highest motion peak on this beat, relative to the clip's maximum."""
    near = min(NEAR_S, beat.length_s / 2)
    on_beat = [peak for peak in picture.peaks_s if abs(peak - beat.start_s) <= near]
    if not on_beat:
        return 0.0
    heights = picture.motion[[min(round(peak * picture.motion_hz), len(picture.motion) - 1) for peak in on_beat]]
    return float(heights.max() / picture.motion.max())


def _velocity(cue: BeatCue) -> int:
    return min(LOUDEST, SOFTEST + BY_LEVEL * cue.level + round(BY_STRENGTH * max(cue.strength, cue.cut)))


def _chords(cue: BeatCue, style: Style) -> Iterator[Note]:
    """Chord and bass: once per bar at level 0, twice at level 1, else on every beat; more notes on peaks and cuts."""
    beat = cue.beat
    every = (4, 2, 1, 1)[cue.level]
    if beat.number % every and beat.start_s > 0:
        return
    length_s = (every - beat.number % every) * beat.length_s
    pitches, velocity = style.chord(beat.bar), _velocity(cue)
    if cue.strength >= FULL_CHORD or cue.cut:
        pitches = [*pitches, pitches[0] + OCTAVE, pitches[1] + OCTAVE]
    for pitch in pitches:
        yield Note(beat.start_s, length_s, pitch, velocity, CHORDS)
    yield Note(beat.start_s, length_s, style.bass(beat.bar), velocity, BASS)


def _lead(cue: BeatCue, style: Style) -> Iterator[Note]:
    beat, count = cue.beat, NOTES_PER_BEAT[cue.level]
    for step in range(count):
        start_s, length_s = beat.start_s + step * beat.length_s / count, beat.length_s / count
        pitch = style.lead(beat.bar, beat.number * count + step)
        yield Note(start_s, length_s, pitch, _velocity(cue) - (QUIETER_LEAD if step else 0), LEAD)


def _drums(cue: BeatCue) -> Iterator[Note]:
    """Cymbal on cuts; kick from level 1; from moderate motion also snare, and hi-hat with the notes of the lead."""
    beat, velocity = cue.beat, _velocity(cue)
    if cue.cut:
        yield Note(beat.start_s, beat.length_s, CRASH, velocity, DRUMS)
    if cue.level == 0:
        return
    if beat.number % 2 == 0 or cue.level >= MODERATE:
        yield Note(beat.start_s, beat.length_s / 2, SNARE if beat.number % 2 else KICK, velocity, DRUMS)
    count = NOTES_PER_BEAT[cue.level] if cue.level >= MODERATE else 0
    for step in range(count):
        start_s = beat.start_s + step * beat.length_s / count
        yield Note(start_s, beat.length_s / count, HAT, velocity - QUIETER_HAT, DRUMS)
