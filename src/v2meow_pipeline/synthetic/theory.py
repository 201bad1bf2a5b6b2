"""Music theory: scales, chord qualities, Roman numerals and voicings as pitch numbers."""

import re
from typing import NamedTuple

KEY_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic_minor": (0, 2, 3, 5, 7, 8, 11),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "major_pentatonic": (0, 2, 4, 7, 9),
    "minor_pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "hirajoshi": (0, 2, 3, 7, 8),
    "yo": (0, 2, 5, 7, 9),
}

QUALITIES: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "5": (0, 7, 12),
    "7": (0, 4, 7, 10),
    "m7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m9": (0, 3, 7, 10, 14),
    "maj9": (0, 4, 7, 11, 14),
    "9": (0, 4, 7, 10, 14),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "add9": (0, 4, 7, 14),
    "dim": (0, 3, 6),
    "m7b5": (0, 3, 6, 10),
}

_NUMERALS = {"i": 0, "ii": 2, "iii": 4, "iv": 5, "v": 7, "vi": 9, "vii": 11}
_ROMAN = re.compile(r"^(b|#)?([ivIV]+)(.*)$")


class Chord(NamedTuple):
    """Chord: pitch class of its root (0 is C), intervals above the root in semitones, and symbol such as "Am7"."""

    root: int
    intervals: tuple[int, ...]
    symbol: str

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Pitch classes of its notes, root first."""
        return tuple((self.root + i) % 12 for i in self.intervals)


def roman_chord(numeral: str, key: int) -> Chord:
    """Chord of a Roman numeral in a key.

    Args:
        numeral: Roman numeral relative to the major scale, lower case for minor, such as "bVI", "iv", "V7", "Imaj7" or
            "i5".
        key: pitch class of the tonic.

    Returns:
        Chord in that key.

    Raises:
        ValueError: if the numeral is invalid.
    """
    match = _ROMAN.match(numeral)
    if match is None or match[2].lower() not in _NUMERALS:
        raise ValueError(f"{numeral!r} is not a Roman numeral.")
    accidental, roman, suffix = match.groups()
    quality = suffix
    if roman.islower() and not suffix.startswith(("m", "5", "sus", "dim")):
        quality = "m" + suffix
    root = (key + _NUMERALS[roman.lower()] + {"b": -1, "#": 1, None: 0}[accidental]) % 12
    return Chord(root, QUALITIES[quality], KEY_NAMES[root] + quality)


def voice(chord: Chord, centre: float, size: int = 4) -> tuple[int, ...]:
    """Close voicing of a chord.

    Args:
        chord: chord to voice.
        centre: center of the voicing, MIDI pitch; a constant center gives smooth voice leading.
        size: maximum number of notes.

    Returns:
        Ascending MIDI pitches.
    """
    classes = chord.pitch_classes[:size] if len(chord.pitch_classes) <= size else chord.pitch_classes[1 : size + 1]
    nearest = {round(centre) + ((pc - round(centre) + 6) % 12) - 6 for pc in classes}
    return tuple(sorted(nearest))


def scale_pitches(key: int, scale: str, low: int, high: int) -> list[int]:
    """MIDI pitches of a scale from `low` to `high`, ascending."""
    classes = {(key + step) % 12 for step in SCALES[scale]}
    return [pitch for pitch in range(low, high + 1) if pitch % 12 in classes]


def fit(pitch: int, low: int, high: int) -> int:
    """Transposes a pitch by octaves into the range `low` to `high`, which spans at least an octave."""
    while pitch < low:
        pitch += 12
    while pitch > high:
        pitch -= 12
    return pitch
