"""MIDI files and their sound."""

import io

import mido
import numpy as np
import pytest

from v2meow_pipeline.errors import MissingModelError
from v2meow_pipeline.media import midi
from v2meow_pipeline.media.midi import RENDERER_HZ, Note, Voice, midi_file, play

VOICES = {"lead": Voice(0, "piano", 1.0, is_drum=False), "drums": Voice(0, "drums", 1.0, is_drum=True)}


def test_notes_sound_when_they_are_written_and_the_lead_is_left_out() -> None:
    """Catches ticks that drift from seconds, a lead that shifts the music, and an end that is cut short."""
    wave = play(midi_file([Note(1.0, 0.3, 72, 100, "lead")], VOICES, lead_s=0.5), "primary", 0.5, 3.0)
    assert wave.shape == (3 * RENDERER_HZ, 2)
    loud = np.flatnonzero(np.abs(wave).max(axis=1) > 0.01) / RENDERER_HZ
    assert loud[0] == pytest.approx(1.0, abs=0.02)


def test_drums_are_on_their_channel_and_gains_follow_the_instrument() -> None:
    """Catches a drum that plays as a piano, and a correction that reaches another voice."""
    notes = [Note(0.0, 0.1, 36, 100, "drums"), Note(0.0, 0.1, 60, 100, "lead")]
    plain, softer = (
        list(mido.MidiFile(file=io.BytesIO(midi_file(notes, VOICES, gains_db=gains))).tracks[0])
        for gains in ({}, {"piano": -12.0})
    )
    assert {message.note: message.channel for message in plain if message.type == "note_on"} == {36: 9, 60: 0}
    volumes = [
        {m.channel: m.value for m in track if m.type == "control_change" and m.control == 7}
        for track in (plain, softer)
    ]
    assert volumes[0][9] == volumes[1][9] and volumes[0][0] > volumes[1][0]


def test_a_missing_font_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a traceback where one line would do."""
    monkeypatch.setitem(midi.FONT_FILES, "held_out", ("no_such_package", "x.sf2"))
    midi.soundfont.cache_clear()
    with pytest.raises(MissingModelError, match="pip install"):
        midi.soundfont("held_out")
    midi.soundfont.cache_clear()
