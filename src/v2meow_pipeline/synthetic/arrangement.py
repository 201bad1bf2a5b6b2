"""Conversion of patterns to notes: drums, bass and chords."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.media.midi import Note
from v2meow_pipeline.synthetic.grid import Bar, Grid
from v2meow_pipeline.synthetic.grooves import ACCENTS, DRUMS, FILL_KIND, FILLS, Groove
from v2meow_pipeline.synthetic.harmony import chord_at
from v2meow_pipeline.synthetic.instruments import INSTRUMENTS, Instrument
from v2meow_pipeline.synthetic.parts import Part
from v2meow_pipeline.synthetic.theory import Chord, fit, voice

POWER_CHORDS = ("distorted_guitar", "overdriven_guitar")


class Hit(NamedTuple):
    """Note without velocity: onset and end in steps of the bar, MIDI pitch, and accent, 0 to 1."""

    step: float
    until: float
    pitch: int
    accent: float


def velocity(energy: float, accent: float, rng: np.random.Generator) -> int:
    """MIDI velocity, 1 to 127, which rises with energy and accent and has a random variation of 4 percent."""
    return int(np.clip(round((54 + 66 * energy) * accent * rng.uniform(0.96, 1.04)), 1, 127))


def sounding(grid: Grid, bar: Bar, hits: list[Hit], part: str, rng: np.random.Generator) -> Iterator[Note]:
    """Converts the hits of a bar to notes, with velocities from the energy at each onset.

    Args:
        grid: time grid of the clip.
        bar: bar of the hits.
        hits: hits to convert.
        part: name of the voice.
        rng: random generator for the velocity variation.

    Yields:
        One note per hit.
    """
    for hit in hits:
        start_s = grid.time_s(bar, hit.step)
        duration_s = max(grid.time_s(bar, hit.until) - start_s - 0.01, 0.03)
        energy = float(grid.plan.energy_at(np.clip(start_s, 0.0, grid.plan.duration_s)))
        yield Note(start_s, duration_s, hit.pitch, velocity(energy, hit.accent, rng), part)


def drum_hits(groove: Groove, bar: Bar, grid: Grid, genre: str) -> list[Hit]:
    """Drum hits of one bar: the groove's rows for the bar's energy, a fill, and a crash at the start of a section.

    Args:
        groove: drum patterns.
        bar: bar to fill.
        grid: time grid of the clip.
        genre: genre, which selects the instruments of fills.

    Returns:
        Hits with General MIDI drum keys as pitches.
    """
    fill = bar.number % 4 == 3 and bar.energy > 0.3
    fill_step = grid.steps - grid.steps_per_beat if fill else grid.steps
    hits = []
    for row in groove:
        if not row.low <= bar.energy < row.high:
            continue
        offset = bar.number % (len(row.pattern) // grid.steps) * grid.steps
        for step, mark in enumerate(row.pattern[offset : offset + grid.steps]):
            if mark in ACCENTS and (step < fill_step or row.drum == "kick"):
                hits.append(Hit(step, step + 1, DRUMS[row.drum], ACCENTS[mark]))
    if fill:
        for drum, marks in FILLS[FILL_KIND.get(genre, "kit")]:
            quarter = grid.steps_per_beat / 4
            hits += [
                Hit(fill_step + i * quarter, fill_step + i * quarter + 1, DRUMS[drum], ACCENTS[m])
                for i, m in enumerate(marks)
                if m in ACCENTS
            ]
    if (bar.number % 8 == 0 and bar.energy > 0.5) or bar.rise > 0.25:
        hits.append(Hit(0, 4, DRUMS["crash"], ACCENTS["X"]))
    return hits


def part_hits(
    part: Part, name: str, pattern: str, bar: Bar, chords: tuple[Chord, ...], following: Chord, grid: Grid
) -> list[Hit]:
    """Hits of one bar of an accompaniment voice.

    Args:
        part: role and register of the voice.
        name: name of its instrument.
        pattern: pattern with at least one character per step of the bar.
        bar: bar to fill.
        chords: chords of the bar.
        following: first chord of the next bar.
        grid: time grid of the clip.

    Returns:
        Hits, each held until the next character of the pattern that is not a hold.
    """
    instrument = INSTRUMENTS[name]
    centre = part.centre + (0 if part.role == "bass" else round(8 * (bar.energy - 0.5)))
    marks = pattern[: grid.steps]
    hits: list[Hit] = []
    for step, mark in enumerate(marks):
        if mark in ".-":
            continue
        until = next((i for i in range(step + 1, len(marks)) if marks[i] != "-"), len(marks))
        chord = chord_at(chords, step / grid.steps)
        if part.role == "bass":
            pitches = [_bass_pitch(mark, chord, following, part.centre, instrument)]
        else:
            pitches = _chord_pitches(mark, chord, centre, instrument, name in POWER_CHORDS)
        accent = ACCENTS["X"] if mark in "Cr" or step == 0 else ACCENTS["x"] if mark != "c" else 0.7
        hits += [Hit(step, until, pitch, accent) for pitch in pitches]
    return hits


def _bass_pitch(mark: str, chord: Chord, following: Chord, centre: int, instrument: Instrument) -> int:
    root = centre + (chord.root - centre + 6) % 12 - 6
    if mark == "a":
        target = centre + (following.root - centre + 6) % 12 - 6
        return fit(target - 2 if target > root else target + 2, instrument.low, instrument.high)
    third = chord.intervals[1] if chord.intervals[1] in (3, 4) else 7
    interval = {"r": 0, "f": 7, "o": 12, "t": third}[mark]
    return fit(root + interval, instrument.low, instrument.high)


def _chord_pitches(mark: str, chord: Chord, centre: int, instrument: Instrument, power: bool) -> list[int]:
    if power and mark in "Cc":
        root = fit(centre + (chord.root - centre + 6) % 12 - 6, instrument.low, instrument.high - 12)
        return [root, root + 7, root + 12]
    tones = voice(chord, centre)
    if mark in "Cc":
        return sorted({fit(tone, instrument.low, instrument.high) for tone in tones})
    number = int(mark)
    return [fit(tones[number % len(tones)] + 12 * (number // len(tones)), instrument.low, instrument.high)]
