"""Data model of composed music: notes, chords and ground-truth event times."""

from typing import NamedTuple

import numpy as np

from v2meow_pipeline.media.midi import Note, Voice
from v2meow_pipeline.synthetic.plan import ClipPlan, Timing


class ChordSpan(NamedTuple):
    """Time span of a chord symbol such as "Am7", seconds since the start of the clip."""

    start_s: float
    end_s: float
    symbol: str


class Piece(NamedTuple):
    """Composed music of a clip.

    Attributes:
        notes: notes, sorted by onset.
        voices: voices by name.
        timing: beats, downbeats and onsets within the clip.
        chords: consecutive chords within the clip.
        lead_s: duration of the music before the start of the clip, seconds.
    """

    notes: tuple[Note, ...]
    voices: dict[str, Voice]
    timing: Timing
    chords: tuple[ChordSpan, ...]
    lead_s: float

    def instruments(self) -> list[str]:
        """Names of the instruments in the clip, the most played first; drums are "drums"."""
        playing_s: dict[str, float] = {}
        for note in self.notes:
            if 0 <= note.start_s < self.timing.duration_s:
                voice = self.voices[note.part]
                name = "drums" if voice.is_drum else voice.instrument
                playing_s[name] = playing_s.get(name, 0.0) + min(note.duration_s, 1.0) * voice.level
        return sorted(playing_s, key=lambda name: -playing_s[name])


def timing_of(plan: ClipPlan, notes: tuple[Note, ...]) -> Timing:
    """Computes the exact beats, downbeats and onsets of a clip.

    Args:
        plan: plan with tempo, metre and first downbeat.
        notes: notes of the clip.

    Returns:
        Event times in [0, duration); the beat grid extends from the first downbeat back to the start of the clip.
    """
    first = -int(np.floor(plan.first_downbeat_s / plan.beat_s))
    count = int(np.ceil((plan.duration_s - plan.first_downbeat_s) / plan.beat_s)) + 1
    numbers = np.arange(first, count)
    beats_s = np.asarray(plan.first_downbeat_s + numbers * plan.beat_s, dtype=np.float64)
    within = (beats_s >= 0) & (beats_s < plan.duration_s)
    onsets_s = np.unique(np.round([n.start_s for n in notes if 0 <= n.start_s < plan.duration_s], 4))
    return Timing(
        beats_s=beats_s[within],
        downbeats_s=beats_s[within & (numbers % plan.felt_beats_per_bar == 0)],
        onsets_s=onsets_s.astype(np.float64),
        duration_s=plan.duration_s,
    )
