"""Melodies from repeated motifs of rhythm and contour, adapted to the chords."""

from typing import NamedTuple

import numpy as np

from v2meow_pipeline.synthetic.arrangement import Hit
from v2meow_pipeline.synthetic.grid import Bar, Grid
from v2meow_pipeline.synthetic.harmony import chord_at
from v2meow_pipeline.synthetic.instruments import Instrument
from v2meow_pipeline.synthetic.theory import Chord, fit, scale_pitches

FORM = "AABA"
"""Motif of each bar of a four-bar phrase; the fourth bar ends the phrase on a long chord tone."""


class Motif(NamedTuple):
    """Melodic motif of one bar.

    Attributes:
        priority: priority of each step; a bar with n notes uses the n steps of highest priority, so that the motif gets
            denser with energy.
        contour: interval from one note to the next, in scale steps.
    """

    priority: np.ndarray
    contour: np.ndarray


def draw_motif(grid: Grid, restless: float, rng: np.random.Generator) -> Motif:
    """Draws a motif.

    Args:
        grid: time grid of the clip.
        restless: amount of syncopation, 0 (on the beats) to 1.
        rng: random generator.

    Returns:
        Motif, without odd sixteenths if they are shorter than 0.13 s.
    """
    steps = np.arange(grid.steps)
    strength = np.where(steps % 2 == 0, 0.45, 0.12)
    strength = np.where(steps % grid.steps_per_beat == 0, 0.72, strength)
    strength[0] = 1.0
    if grid.step_s < 0.13:
        strength[1::2] = -1.0
    priority = strength + restless * 0.6 * rng.uniform(-1, 1, grid.steps) + 0.05 * rng.uniform(size=grid.steps)
    contour = rng.choice([-2, -1, -1, 0, 1, 1, 2, 3], size=grid.steps)
    return Motif(priority, contour)


def melody_hits(
    motif: Motif, bar: Bar, chords: tuple[Chord, ...], grid: Grid, instrument: Instrument, centre: int, scale: str
) -> list[Hit]:
    """Hits of one bar of melody.

    Args:
        motif: motif of the bar.
        bar: bar to fill; its energy sets the number of notes and the register.
        chords: chords of the bar, to which notes on beats belong.
        grid: time grid of the clip.
        instrument: instrument, for its pitch range.
        centre: center of the register at medium energy, MIDI pitch.
        scale: name of the scale of the other notes.

    Returns:
        Consecutive hits without overlap.
    """
    ending = bar.number % 4 == 3
    most = 0.62 * grid.steps * min(1.0, grid.plan.bar_s / 1.6)
    count = int(np.clip(round(2 + (most - 2) * bar.energy**1.2), 2, grid.steps))
    if ending:
        count = max(1, count // 2)
    allowed = np.flatnonzero(motif.priority > -0.5)
    steps = sorted(int(s) for s in allowed[np.argsort(-motif.priority[allowed], kind="stable")][:count])
    middle = centre + round(12 * (bar.energy - 0.5))
    low, high = max(instrument.low, middle - 10), min(instrument.high, middle + 11)
    low = min(low, high - 12)
    ladder = scale_pitches(grid.plan.key, scale, low, high)
    rung = int(np.argmin(np.abs(np.array(ladder) - middle)))
    hits = []
    for i, step in enumerate(steps):
        rung = int(np.clip(rung + motif.contour[i], 0, len(ladder) - 1))
        if rung in (0, len(ladder) - 1):
            rung = len(ladder) // 2
        pitch = ladder[rung]
        if step % grid.steps_per_beat == 0 or (ending and i == len(steps) - 1):
            pitch = _nearest(pitch, chord_at(chords, step / grid.steps))
        until = min(steps[i + 1] if i + 1 < len(steps) else grid.steps, step + grid.steps // 2)
        hits.append(Hit(step, until, fit(pitch, instrument.low, instrument.high), 1.0 if step == 0 else 0.88))
    return hits


def _nearest(pitch: int, chord: Chord) -> int:
    """Chord tone nearest to a pitch."""
    return min(
        (pitch + d for d in range(-6, 7) if (pitch + d) % 12 in chord.pitch_classes), key=lambda p: abs(p - pitch)
    )
