"""The music: exact, in range, different between genres, and fuller with more energy."""

import itertools
import re

import numpy as np
import pytest

from v2meow_pipeline.synthetic.captions import GENRE_PHRASES, caption
from v2meow_pipeline.synthetic.compose import compose
from v2meow_pipeline.synthetic.grooves import ACCENTS, DRUMS, FILLS, GROOVES
from v2meow_pipeline.synthetic.harmony import PROGRESSIONS
from v2meow_pipeline.synthetic.instruments import INSTRUMENTS
from v2meow_pipeline.synthetic.leads import LEADS
from v2meow_pipeline.synthetic.parts import PARTS
from v2meow_pipeline.synthetic.plan import GENRES, ClipCounts, ClipPlan, SyntheticConfig, plan_clips
from v2meow_pipeline.synthetic.score import Piece
from v2meow_pipeline.synthetic.theory import SCALES, roman_chord

STEPS = {4: 16, 3: 12, 6: 12}


@pytest.fixture(scope="module")
def plans() -> list[ClipPlan]:
    return plan_clips(SyntheticConfig(clips=ClipCounts(train=120)))[:120]


@pytest.fixture(scope="module")
def pieces(plans: list[ClipPlan]) -> list[Piece]:
    return [compose(plan) for plan in plans]


def test_tables_hold_only_marks_drums_and_instruments_that_exist() -> None:
    """A slip in a table would otherwise surface in one clip of hundreds."""
    for genre in GENRES:
        for metre, grooves in GROOVES[genre].items():
            for row in (row for groove in grooves for row in groove):
                assert row.drum in DRUMS and set(row.pattern) <= set(ACCENTS) | {"."}
                assert len(row.pattern) % STEPS[metre] == 0, (genre, row)
        for part in PARTS[genre]:
            marks = set("rfota-.") if part.role == "bass" else set("Cc01234567-.")
            assert all(len(p) == 16 and set(p) <= marks for p in part.simple), (genre, part)
            assert all(len(p) == 12 and set(p) <= marks for p in part.compound), (genre, part)
            assert set(part.instruments) <= set(INSTRUMENTS)
        assert set(LEADS[genre].instruments) <= set(INSTRUMENTS) and set(LEADS[genre].scales) <= set(SCALES)
        for progressions in PROGRESSIONS[genre].values():
            for numeral in re.split("[ ,]", " ".join(progressions)):
                roman_chord(numeral, 0)
    assert all(len(marks) == 4 and drum in DRUMS for fill in FILLS.values() for drum, marks in fill)


@pytest.mark.parametrize(
    ("numeral", "symbol"), [("I", "C"), ("ii7", "Dm7"), ("bVII", "Bb"), ("iim7b5", "Dm7b5"), ("i5", "C5"), ("V7", "G7")]
)
def test_roman_numerals(numeral: str, symbol: str) -> None:
    assert roman_chord(numeral, 0).symbol == symbol


def test_the_same_plan_gives_the_same_piece(plans: list[ClipPlan]) -> None:
    first, second = compose(plans[3]), compose(plans[3])
    assert first.notes == second.notes and first.voices == second.voices


def test_beats_follow_tempo_metre_and_phase_exactly(plans: list[ClipPlan], pieces: list[Piece]) -> None:
    for plan, piece in zip(plans, pieces, strict=True):
        timing = piece.timing
        np.testing.assert_allclose(np.diff(timing.beats_s), plan.beat_s, rtol=1e-9)
        np.testing.assert_allclose(np.diff(timing.downbeats_s), plan.bar_s, rtol=1e-9)
        assert set(timing.downbeats_s) <= set(timing.beats_s)
        assert np.abs(timing.downbeats_s - plan.first_downbeat_s).min() < 1e-9
        assert timing.beats_s[0] < plan.beat_s and timing.beats_s[-1] >= plan.duration_s - plan.beat_s - 1e-9


def test_notes_stay_within_their_instruments(pieces: list[Piece]) -> None:
    for piece in pieces:
        for note in piece.notes:
            voice = piece.voices[note.part]
            if not voice.is_drum:
                assert INSTRUMENTS[voice.instrument].low <= note.pitch <= INSTRUMENTS[voice.instrument].high
            assert 1 <= note.velocity <= 127 and note.duration_s > 0


def test_drums_only_where_the_plan_says_so(plans: list[ClipPlan], pieces: list[Piece]) -> None:
    for plan, piece in zip(plans, pieces, strict=True):
        assert any(v.is_drum for v in piece.voices.values()) == plan.drums


def test_chords_cover_the_clip_without_gaps(plans: list[ClipPlan], pieces: list[Piece]) -> None:
    for plan, piece in zip(plans, pieces, strict=True):
        chords = piece.chords
        assert chords[0].start_s == 0.0 and chords[-1].end_s == pytest.approx(plan.duration_s)
        assert all(a.end_s == pytest.approx(b.start_s) for a, b in itertools.pairwise(chords))


@pytest.mark.parametrize("genre", GENRES)
def test_energy_raises_layers_density_velocity_and_register(plans: list[ClipPlan], genre: str) -> None:
    """Fault 2 of the prototype: energy was hardly heard."""
    plan = next(p for p in plans if p.genre == genre)
    calm, wild = (compose(plan.model_copy(update={"energy": ((0.0, e),)})) for e in (0.1, 0.95))
    assert len(wild.notes) > 1.4 * len(calm.notes)
    assert len(wild.voices) >= len(calm.voices)
    assert np.mean([n.velocity for n in wild.notes]) > 1.3 * np.mean([n.velocity for n in calm.notes])
    lead = [np.mean([n.pitch for n in piece.notes if n.part == "lead"]) for piece in (calm, wild)]
    assert lead[1] > lead[0]


def test_a_change_of_energy_is_heard_where_it_is_planned(plans: list[ClipPlan]) -> None:
    plan = plans[0].model_copy(update={"energy": ((0.0, 0.1), (4.8, 0.1), (5.2, 0.9))})
    notes = compose(plan).notes
    before = sum(0 <= n.start_s < 4 for n in notes) / 4
    after = sum(6 <= n.start_s < 10 for n in notes) / 4
    assert after > 1.5 * before


def test_captions_are_clean_sentences_that_name_true_facts(plans: list[ClipPlan], pieces: list[Piece]) -> None:
    """A caption that names an instrument nobody plays teaches the text encoder a lie."""
    texts = []
    for plan, piece in zip(plans, pieces, strict=True):
        text = caption(plan, piece.instruments())
        texts.append(text)
        assert text[0].isupper() and text.endswith(".") and "  " not in text and " ," not in text
        assert any(phrase in text for phrase in GENRE_PHRASES[plan.genre])
        assert not re.search(r"\b[Aa] (?!eu)[aeiou]|\b[Aa]n (?:[^aeiouEA]|eu)", text), text
        assert not re.search(r"\b(\w+) \1\b", text), text
        rest = text.lower()
        for name in sorted(piece.instruments(), key=lambda n: -len(n)):
            rest = rest.replace("drums" if name == "drums" else INSTRUMENTS[name].phrase.lower(), "")
        assert rest != text.lower()
        untrue = [v.phrase for v in INSTRUMENTS.values() if re.search(rf"\b{re.escape(v.phrase.lower())}\b", rest)]
        assert not untrue, (text, piece.instruments())
        assert (" drums" in text and "no drums" not in text) <= plan.drums
    assert len(set(texts)) > 0.95 * len(texts)
