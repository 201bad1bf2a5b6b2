"""Accompaniment voices of each genre: instruments, registers, energy ranges and patterns.

A pattern has one character per sixteenth note, 16 per bar in 4/4 (of which 3/4 uses the first 12) and 12 in 6/8:
`C` chord, `c` soft chord, `0`..`7` one note of the chord (beyond its size: an octave up), `r` `f` `o` root, fifth and
octave above, `t` third, `a` approach note to the next root, `-` hold, `.` rest.
"""

from typing import NamedTuple


class Part(NamedTuple):
    """Accompaniment voice.

    Attributes:
        role: "bass", "chords", "pad" or "riff".
        instruments: candidate instruments, of which one is chosen per clip.
        centre: center of the register, MIDI pitch.
        low: minimum energy at which the voice plays.
        high: maximum energy at which the voice plays (exclusive).
        level: level relative to other voices, 1 is foreground.
        simple: candidate patterns in 4/4 and 3/4, of which one is chosen per clip.
        compound: candidate patterns in 6/8.
    """

    role: str
    instruments: tuple[str, ...]
    centre: int
    low: float
    high: float
    level: float
    simple: tuple[str, ...]
    compound: tuple[str, ...]


_HELD = ("C---------------",)
_HELD_6 = ("C-----------",)
_BASS_6 = ("r-----f-----", "r---r-r---f-")
_ARPEGGIO = ("0-1-2-3-2-1-2-3-", "0-2-1-2-3-2-1-2-")
_ARPEGGIO_6 = ("0-1-2-3-2-1-", "0-2-1-3-1-2-")
_EIGHTHS_6 = ("C.c.c.C.c.c.",)


def _bass(instruments: tuple[str, ...], calm: tuple[str, ...], busy: tuple[str, ...], split: float = 0.5) -> list[Part]:
    """Bass voices: `calm` patterns below energy `split`, `busy` ones from it on."""
    return [
        Part("bass", instruments, 36, 0.0, split, 0.95, calm, _BASS_6[:1]),
        Part("bass", instruments, 36, split, 1.1, 1.0, busy, _BASS_6[1:]),
    ]


_GUITARS = ("distorted_guitar", "overdriven_guitar")
_BASSES = ("finger_bass", "pick_bass")

PARTS: dict[str, list[Part]] = {
    "rock": [
        *_bass(_BASSES, ("r-------r-----f-", "r-------f-------"), ("r.r.r.r.r.r.r.a.", "r.rrr.r.r.r.f.a.")),
        Part(
            "chords",
            ("steel_guitar", "clean_guitar"),
            57,
            0.0,
            0.42,
            0.8,
            (*_ARPEGGIO, "C---c---C---c.c."),
            _ARPEGGIO_6,
        ),
        Part("chords", _GUITARS, 50, 0.42, 1.1, 0.72, ("C-----C-C-----C-", "C.C.C.C.C.C.C.C."), _EIGHTHS_6),
        Part("pad", ("rock_organ", "drawbar_organ"), 60, 0.6, 1.1, 0.55, _HELD, _HELD_6),
        Part("riff", ("overdriven_guitar",), 64, 0.78, 1.1, 0.62, ("0.0.2.0.3.2.0.2.",), ("0.0.2.3.2.0.",)),
    ],
    "metal": [
        *_bass(("pick_bass",), ("r-------r-------", "r-----r-r-------"), ("rrrrrrrrrrrrrrrr", "r.rrr.rrr.rrr.rr"), 0.4),
        Part("chords", ("clean_guitar",), 55, 0.0, 0.22, 0.8, _ARPEGGIO, _ARPEGGIO_6),
        Part("chords", ("distorted_guitar",), 45, 0.22, 0.6, 0.75, ("C-------C-----C-", "C---C-C-C---C-C-"), _HELD_6),
        Part(
            "chords",
            ("distorted_guitar",),
            44,
            0.6,
            1.1,
            0.8,
            ("C.ccC.ccC.ccC.C-", "CccCccCccCccC-C-"),
            ("CccCccCccCcc",),
        ),
        Part("riff", ("overdriven_guitar",), 52, 0.7, 1.1, 0.65, ("0.0010010.002.1.",), ("0.0010.1.020",)),
    ],
    "pop": [
        *_bass(
            ("finger_bass", "synth_bass"),
            ("r-------r-------", "r-----f-r-------"),
            ("r.r.r.r.r.r.r.a.", "r..r..r.r..r..f."),
        ),
        Part(
            "chords",
            ("piano", "electric_piano"),
            60,
            0.0,
            1.1,
            0.78,
            ("C---c---C---c---", "C-----c---C-----", *_ARPEGGIO),
            _ARPEGGIO_6,
        ),
        Part(
            "chords",
            ("steel_guitar", "clean_guitar"),
            62,
            0.4,
            1.1,
            0.6,
            ("C.c.c.C.c.c.C.c.", "..C...C...C...C."),
            _EIGHTHS_6,
        ),
        Part("pad", ("strings", "synth_strings", "warm_pad"), 65, 0.55, 1.1, 0.55, _HELD, _HELD_6),
        Part("riff", ("poly_synth", "square_lead"), 72, 0.75, 1.1, 0.5, ("0.1.2.1.0.1.2.3.",), ("0.1.2.3.2.1.",)),
    ],
    "electronic": [
        *_bass(
            ("synth_bass", "deep_synth_bass"),
            ("r-----r---r-----", "..r...r...r...r."),
            ("..rr..rr..rr..ro", "r.oor.oor.oor.oo"),
            0.45,
        ),
        Part("pad", ("warm_pad", "sweep_pad", "synth_strings"), 60, 0.0, 1.1, 0.62, _HELD, _HELD_6),
        Part(
            "riff",
            ("saw_lead", "square_lead"),
            64,
            0.2,
            0.6,
            0.6,
            ("0.2.1.2.3.2.1.2.", "0..1..2..1..3..2"),
            _ARPEGGIO_6,
        ),
        Part(
            "riff",
            ("saw_lead", "square_lead"),
            67,
            0.6,
            1.1,
            0.66,
            ("0121023101210231", "0213021302130243"),
            ("012301230123",),
        ),
        Part(
            "chords",
            ("poly_synth", "synth_brass"),
            62,
            0.55,
            1.1,
            0.68,
            ("..C...C...C...C.", "C..C..C...C..C.."),
            ("C...C.C...C.",),
        ),
    ],
    "hip hop": [
        *_bass(
            ("deep_synth_bass", "finger_bass"),
            ("r---------r-----", "r-------------f-"),
            ("r--r--r---o---a-", "r..r...r..r-..o."),
        ),
        Part(
            "chords",
            ("electric_piano", "fm_piano", "piano"),
            60,
            0.0,
            1.1,
            0.75,
            ("C-----c---c-----", "C-------..c-----", "c.c.c.c.c.c.c.c."),
            _HELD_6,
        ),
        Part(
            "riff",
            ("pizzicato", "muted_guitar", "music_box"),
            70,
            0.3,
            1.1,
            0.6,
            ("0..1..2.....1...", "3.2.0...3.2.1..."),
            _ARPEGGIO_6,
        ),
        Part("pad", ("strings", "choir"), 60, 0.6, 1.1, 0.55, _HELD, _HELD_6),
    ],
    "reggae": [
        *_bass(
            ("finger_bass", "fretless_bass"),
            ("r.....r.f.....a.", "r---..r.....f-a-"),
            ("r..rf..r..o.f.a.", "r.rr..f.r.o.f.a."),
        ),
        Part(
            "chords",
            ("clean_guitar", "muted_guitar"),
            62,
            0.0,
            1.1,
            0.82,
            ("....C.......C...", "..C...C...C...C."),
            ("....C.....C.",),
        ),
        Part(
            "chords",
            ("drawbar_organ", "rock_organ"),
            60,
            0.3,
            1.1,
            0.62,
            ("..cc..c...cc..c.", "..c...c...c...c."),
            ("..c.c...c.c.",),
        ),
        Part("chords", ("piano",), 57, 0.5, 1.1, 0.62, ("....C.......C...",), ("....C.....C.",)),
        Part(
            "pad",
            ("brass", "trombone"),
            60,
            0.72,
            1.1,
            0.6,
            ("C-C.........C-C.", "C---........c-C-"),
            ("C-C.........",),
        ),
    ],
    "jazz": [
        *_bass(
            ("acoustic_bass",), ("r-------f-------", "r-------r---a---"), ("r---t---f---a---", "r---f---t---a---"), 0.35
        ),
        Part(
            "chords",
            ("piano", "jazz_guitar", "electric_piano"),
            60,
            0.0,
            1.1,
            0.72,
            ("C-----c.....c---", "..C.......c-..c.", "C-..........c-.."),
            ("C-----..c---",),
        ),
        Part(
            "chords",
            ("vibraphone", "jazz_guitar"),
            66,
            0.5,
            1.1,
            0.55,
            ("......c.......C-", "..c-......c-...."),
            ("....c-....c-",),
        ),
        Part(
            "pad",
            ("brass", "trombone"),
            62,
            0.75,
            1.1,
            0.66,
            ("......C-..C.....", "C.C.......C-...."),
            ("C.....C-....",),
        ),
    ],
    "latin": [
        *_bass(
            ("acoustic_bass", "finger_bass"),
            ("r-----f-----o---", "r-----f-------r-"),
            ("..r--f..o--r..a-", "r--f..o-..f-..a-"),
        ),
        Part(
            "chords",
            ("nylon_guitar",),
            59,
            0.0,
            1.1,
            0.74,
            ("C..c..c.C..c..c.", "c.C.c.c.C.c.C.c.", *_ARPEGGIO),
            _EIGHTHS_6,
        ),
        Part(
            "chords",
            ("piano", "bright_piano"),
            64,
            0.3,
            1.1,
            0.72,
            ("C.CC.C.C.C.C.CC.", "C..C..C...C.C..."),
            ("C.C..CC.C.C.",),
        ),
        Part(
            "pad",
            ("brass", "trumpet"),
            66,
            0.65,
            1.1,
            0.66,
            ("C.C.......C.C-..", "..C--C..C-......"),
            ("C-C...C-C...",),
        ),
    ],
    "asian": [
        Part(
            "bass",
            ("koto", "cello", "contrabass"),
            43,
            0.0,
            1.1,
            0.8,
            ("r-------f-------", "r-----------f---"),
            ("r-----f-----",),
        ),
        Part(
            "riff",
            ("koto", "dulcimer", "harp"),
            64,
            0.0,
            0.55,
            0.74,
            ("0---2---3---2-1-", "0-1-2-----3-2---"),
            _ARPEGGIO_6,
        ),
        Part(
            "riff",
            ("koto", "shamisen", "dulcimer"),
            66,
            0.55,
            1.1,
            0.78,
            ("0.2.3.2.0.2.4.3.", "0022332200224433"),
            ("0.2.3.4.3.2.",),
        ),
        Part("pad", ("slow_strings", "choir_pad"), 62, 0.25, 1.1, 0.55, _HELD, _HELD_6),
        Part("chords", ("shamisen", "pizzicato"), 60, 0.6, 1.1, 0.7, ("C...c.c.C...c.c.",), ("C...c.C...c.",)),
    ],
    "african": [
        *_bass(
            ("finger_bass", "fretless_bass"),
            ("r---..f---..o---", "r-----r-..f-..a-"),
            ("r..rf...o..of.a.", "r.r..f..r.r..f.a"),
        ),
        Part(
            "riff",
            ("kalimba", "marimba"),
            67,
            0.0,
            1.1,
            0.82,
            ("0.2.1.3.2.0.1.2.", "0..2..1.3..2..1."),
            ("0.2.1.3.1.2.", "0.12.30.12.3"),
        ),
        Part(
            "riff",
            ("clean_guitar", "nylon_guitar"),
            64,
            0.3,
            1.1,
            0.7,
            ("2.0.1.2.0.1.3.1.", "..32..10..32..1."),
            ("2.1.0.2.1.3.",),
        ),
        Part(
            "chords",
            ("voice", "choir"),
            60,
            0.5,
            1.1,
            0.62,
            ("C-----..C-----..", "C---........C---"),
            ("C---..C---..",),
        ),
        Part("riff", ("marimba", "xylophone"), 76, 0.7, 1.1, 0.6, ("0.1.0.2.0.1.0.3.",), ("0.10.20.10.3",)),
    ],
    "ambient": [
        Part(
            "bass",
            ("warm_pad", "contrabass", "fretless_bass"),
            40,
            0.0,
            1.1,
            0.75,
            ("r---------------",),
            ("r-----------",),
        ),
        Part("pad", ("warm_pad", "halo_pad", "choir_pad", "slow_strings"), 60, 0.0, 1.1, 0.8, _HELD, _HELD_6),
        Part(
            "riff",
            ("harp", "celesta", "electric_piano", "vibraphone"),
            72,
            0.2,
            0.6,
            0.62,
            ("0-----2---3-----", "0---1-------2---"),
            ("0-----2---3-",),
        ),
        Part("riff", ("harp", "vibraphone", "poly_synth", "fm_piano"), 69, 0.6, 1.1, 0.7, _ARPEGGIO, _ARPEGGIO_6),
        Part("pad", ("strings", "choir"), 67, 0.55, 1.1, 0.66, _HELD, _HELD_6),
    ],
    "classical": [
        Part(
            "bass",
            ("cello", "contrabass"),
            41,
            0.0,
            0.5,
            0.82,
            ("r-------f-------", "r---------------"),
            ("r-----f-----",),
        ),
        Part(
            "bass",
            ("contrabass", "cello"),
            40,
            0.5,
            1.1,
            0.9,
            ("r---f---o---a---", "r.r.r.r.f.f.a.a."),
            ("r---r-f---a-",),
        ),
        Part(
            "riff",
            ("piano", "harp", "harpsichord"),
            62,
            0.0,
            1.1,
            0.72,
            ("0-2-1-2-0-2-1-2-", "0-1-2-3-2-1-2-1-"),
            ("0-1-2-3-2-1-",),
        ),
        Part("pad", ("strings", "slow_strings"), 63, 0.25, 1.1, 0.62, _HELD, _HELD_6),
        Part(
            "chords",
            ("strings", "tremolo_strings", "pizzicato"),
            66,
            0.55,
            1.1,
            0.75,
            ("C.C.C.C.C.C.C.C.", "C...C.C.C...C.C."),
            _EIGHTHS_6,
        ),
        Part(
            "pad",
            ("french_horn", "brass"),
            58,
            0.75,
            1.1,
            0.75,
            ("C-----C-C-------", "C-------C-------"),
            ("C-----C-----",),
        ),
    ],
}
