"""Composition of the music of a plan: choice of instruments and patterns, then notes bar by bar."""

import numpy as np

from v2meow_pipeline.media.midi import Note, Voice
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.synthetic.arrangement import drum_hits, part_hits, sounding
from v2meow_pipeline.synthetic.grid import Bar, Grid
from v2meow_pipeline.synthetic.grooves import GROOVES, KITS
from v2meow_pipeline.synthetic.harmony import bar_chords
from v2meow_pipeline.synthetic.instruments import DRUM_KITS, INSTRUMENTS
from v2meow_pipeline.synthetic.leads import LEADS
from v2meow_pipeline.synthetic.melody import FORM, draw_motif, melody_hits
from v2meow_pipeline.synthetic.parts import PARTS
from v2meow_pipeline.synthetic.plan import ClipPlan
from v2meow_pipeline.synthetic.score import ChordSpan, Piece, timing_of
from v2meow_pipeline.synthetic.theory import Chord

SONG_BARS = 16
_LEAD_LEVEL = 0.9
_DRUM_LEVEL = 1.0
_LOWEST_LEAD_ENERGY = 0.08


def compose(plan: ClipPlan) -> Piece:
    """Composes the music of a plan.

    The result is deterministic. Instruments, progression and motifs depend on the seed only, so that other parameters
    of the plan can be changed one at a time.

    Args:
        plan: parameters and seed of the music.

    Returns:
        Notes from the start of the clip's first bar on, with exact annotations.
    """
    start = int(_rng(plan, "start").integers(SONG_BARS))
    grid = Grid(plan, start)
    bars = list(grid.bars())
    chords = bar_chords(plan, len(bars) + 1, start, _rng(plan, "harmony"))
    notes: list[Note] = []
    voices: dict[str, Voice] = {}
    for add in (_add_accompaniment, _add_lead, _add_drums):
        add(grid, bars, chords, notes, voices)
    notes = [n for n in notes if n.start_s < plan.duration_s and n.start_s + n.duration_s > 0]
    ordered = tuple(sorted(notes))
    sounding_parts = {n.part for n in ordered}
    return Piece(
        notes=ordered,
        voices={name: voice for name, voice in voices.items() if name in sounding_parts},
        timing=timing_of(plan, ordered),
        chords=_chord_spans(plan, bars, chords),
        lead_s=max(0.0, -bars[0].start_s),
    )


def _rng(plan: ClipPlan, use: str) -> np.random.Generator:
    return np.random.default_rng(derive_seed(plan.seed, use))


def _add_accompaniment(
    grid: Grid, bars: list[Bar], chords: list[tuple[Chord, ...]], notes: list[Note], voices: dict[str, Voice]
) -> None:
    chosen: dict[tuple[str, ...], str] = {}
    for number, part in enumerate(PARTS[grid.plan.genre]):
        rng = _rng(grid.plan, f"part {number}")
        name = chosen.setdefault(part.instruments, part.instruments[int(rng.integers(len(part.instruments)))])
        patterns = part.compound if grid.plan.beats_per_bar == 6 else part.simple
        pattern = patterns[int(rng.integers(len(patterns)))]
        voice = f"{part.role} {number}"
        voices[voice] = Voice(INSTRUMENTS[name].program, name, part.level, False)
        for i, bar in enumerate(bars):
            if part.low <= bar.energy < part.high:
                hits = part_hits(part, name, pattern, bar, chords[i], chords[i + 1][0], grid)
                notes.extend(sounding(grid, bar, hits, voice, rng))


def _add_lead(
    grid: Grid, bars: list[Bar], chords: list[tuple[Chord, ...]], notes: list[Note], voices: dict[str, Voice]
) -> None:
    lead = LEADS[grid.plan.genre]
    rng = _rng(grid.plan, "lead")
    name = lead.instruments[int(rng.integers(len(lead.instruments)))]
    motifs = {letter: draw_motif(grid, lead.restless, rng) for letter in sorted(set(FORM))}
    scale = lead.scales[grid.plan.mode == "minor"]
    voices["lead"] = Voice(INSTRUMENTS[name].program, name, _LEAD_LEVEL, False)
    for i, bar in enumerate(bars):
        if bar.energy >= _LOWEST_LEAD_ENERGY:
            motif = motifs[FORM[bar.number % len(FORM)]]
            hits = melody_hits(motif, bar, chords[i], grid, INSTRUMENTS[name], lead.centre, scale)
            notes.extend(sounding(grid, bar, hits, "lead", rng))


def _add_drums(grid: Grid, bars: list[Bar], _: object, notes: list[Note], voices: dict[str, Voice]) -> None:
    if not grid.plan.drums:
        return
    rng = _rng(grid.plan, "drums")
    grooves = GROOVES[grid.plan.genre][grid.plan.beats_per_bar]
    groove = grooves[int(rng.integers(len(grooves)))]
    kits = KITS[grid.plan.genre]
    kit = kits[int(rng.integers(len(kits)))]
    voices["drums"] = Voice(DRUM_KITS[kit], kit, _DRUM_LEVEL, True)
    for bar in bars:
        hits = drum_hits(groove, bar, grid, grid.plan.genre)
        notes.extend(sounding(grid, bar, hits, "drums", rng))


def _chord_spans(plan: ClipPlan, bars: list[Bar], chords: list[tuple[Chord, ...]]) -> tuple[ChordSpan, ...]:
    """Chord spans cropped to the clip; consecutive spans with the same symbol are merged."""
    spans: list[ChordSpan] = []
    for bar, in_bar in zip(bars, chords, strict=False):
        each_s = plan.bar_s / len(in_bar)
        for i, chord in enumerate(in_bar):
            start_s = max(bar.start_s + i * each_s, 0.0)
            end_s = min(bar.start_s + (i + 1) * each_s, plan.duration_s)
            if end_s <= start_s + 1e-6:
                continue
            if spans and spans[-1].symbol == chord.symbol:
                spans[-1] = spans[-1]._replace(end_s=end_s)
            else:
                spans.append(ChordSpan(start_s, end_s, chord.symbol))
    return tuple(spans)
