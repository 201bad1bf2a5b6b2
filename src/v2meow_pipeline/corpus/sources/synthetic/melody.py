"""Melodies from motifs: a rhythm and a contour that come back, bent to the chords."""

from typing import NamedTuple

import numpy as np

from v2meow_pipeline.corpus.sources.synthetic.arrangement import Hit
from v2meow_pipeline.corpus.sources.synthetic.grid import Bar, Grid
from v2meow_pipeline.corpus.sources.synthetic.harmony import chord_at
from v2meow_pipeline.corpus.sources.synthetic.instruments import Instrument
from v2meow_pipeline.corpus.sources.synthetic.theory import Chord, fit, scale_pitches

FORM = "AABA"
"""Which motif each bar of a four-bar phrase uses; the fourth ends the phrase on a long chord note."""


class Motif(NamedTuple):
    """A one-bar idea.

    Attributes:
        priority: a number a step; a bar with n notes has them on the n steps of highest priority, so that the same
            motif thickens as energy rises.
        contour: scale steps from one note to the next.
    """

    priority: np.ndarray
    contour: np.ndarray


def draw_motif(grid: Grid, restless: float, rng: np.random.Generator) -> Motif:
    """A motif.

    Args:
        grid: steps and beats of a bar.
        restless: 0 keeps to the beats, 1 ignores them.
        rng: what draws it.

    Returns:
        The motif. Sixteenths are left out where they would be shorter than 0.13 s.
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
    """One bar of melody.

    Args:
        motif: what is played.
        bar: its energy decides how many notes and how high.
        chords: of this bar; notes on beats belong to them.
        grid: steps of a bar.
        instrument: its range.
        centre: MIDI pitch at middle energy.
        scale: name of the scale that the other notes are from.

    Returns:
        Hits that follow each other without overlap.
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
    """The note of a chord nearest to a pitch."""
    return min(
        (pitch + d for d in range(-6, 7) if (pitch + d) % 12 in chord.pitch_classes), key=lambda p: abs(p - pitch)
    )
