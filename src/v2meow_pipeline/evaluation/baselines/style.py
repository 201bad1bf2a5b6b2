"""Style of the rule-based music: chords and instruments, the same for all clips of a seed."""

from typing import NamedTuple

import numpy as np

from v2meow_pipeline.media.midi import Voice
from v2meow_pipeline.seeding import derive_seed

CHORDS, BASS, LEAD, DRUMS = "chords", "bass", "lead", "drums"
MAJOR, MINOR = (0, 4, 7), (0, 3, 7)
# Chords as (root in semitones above the tonic, triad).
PROGRESSIONS = (
    ((0, MAJOR), (7, MAJOR), (9, MINOR), (5, MAJOR)),
    ((0, MINOR), (8, MAJOR), (3, MAJOR), (10, MAJOR)),
    ((0, MAJOR), (9, MINOR), (5, MAJOR), (7, MAJOR)),
    ((0, MINOR), (5, MINOR), (10, MAJOR), (3, MAJOR)),
)
# General-MIDI programs of chords, bass and lead, with their names.
ENSEMBLES = (
    ((0, "piano"), (33, "bass guitar"), (11, "vibraphone")),
    ((48, "strings"), (32, "upright bass"), (0, "piano")),
    ((4, "electric piano"), (38, "synth bass"), (80, "square lead")),
    ((89, "warm pad"), (33, "bass guitar"), (25, "acoustic guitar")),
)
# Order in which the lead plays the notes of a chord and its octave.
FIGURES = ((0, 1, 2, 3), (0, 2, 1, 2), (3, 2, 1, 0), (0, 3, 1, 2))
LEVELS = {CHORDS: 0.6, BASS: 0.8, LEAD: 0.7, DRUMS: 0.8}
CHORD_OCTAVE, BASS_OCTAVE, LEAD_OCTAVE = 48, 36, 60
OCTAVE = 12


class Style(NamedTuple):
    """Chords and instruments.

    Attributes:
        key: pitch class of the tonic.
        progression: one chord per bar, repeated, as (root in semitones above the tonic, intervals).
        voices: instruments of "chords", "bass", "lead" and "drums".
        figure: melodic figure of the lead, as indices into the notes of a chord.
    """

    key: int
    progression: tuple[tuple[int, tuple[int, ...]], ...]
    voices: dict[str, Voice]
    figure: tuple[int, ...]

    def chord(self, bar: int) -> list[int]:
        """MIDI pitches of a bar's triad, ascending, above `CHORD_OCTAVE`."""
        above, intervals = self.progression[bar % len(self.progression)]
        root = CHORD_OCTAVE + (self.key + above) % OCTAVE
        return [root + interval for interval in intervals]

    def bass(self, bar: int) -> int:
        """MIDI pitch of a bar's root."""
        return self.chord(bar)[0] - CHORD_OCTAVE + BASS_OCTAVE

    def lead(self, bar: int, number: int) -> int:
        """MIDI pitch of a note of the lead, by its number in the bar."""
        triad = self.chord(bar)
        notes = [*triad, triad[0] + OCTAVE]
        return notes[self.figure[number % len(self.figure)]] - CHORD_OCTAVE + LEAD_OCTAVE


def style_of(seed: int) -> Style:
    """Draws a style.

    Args:
        seed: seeds key, chords, instruments and the lead's figure.

    Returns:
        The style, used for all clips.
    """
    rng = np.random.default_rng(derive_seed(seed, "rules", "style"))
    played = ENSEMBLES[rng.integers(len(ENSEMBLES))]
    voices = {
        part: Voice(program, name, LEVELS[part], is_drum=False)
        for part, (program, name) in zip((CHORDS, BASS, LEAD), played, strict=True)
    }
    voices[DRUMS] = Voice(0, DRUMS, LEVELS[DRUMS], is_drum=True)
    progression, figure = PROGRESSIONS[rng.integers(len(PROGRESSIONS))], FIGURES[rng.integers(len(FIGURES))]
    return Style(int(rng.integers(OCTAVE)), progression, voices, figure)
