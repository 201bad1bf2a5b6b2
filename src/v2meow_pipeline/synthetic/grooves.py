"""Drum patterns (grooves) of each genre.

A row holds one drum, the energy range in which it plays, and a pattern of sixteenth-note steps: `X` accent, `x`
normal, `o` ghost note, `.` rest. A bar has 16 steps in 4/4 and 12 in 3/4 and 6/8; a longer pattern spans several bars.
"""

from typing import NamedTuple

DRUMS: dict[str, int] = {
    "kick": 36,
    "stick": 37,
    "snare": 38,
    "clap": 39,
    "low_tom": 45,
    "mid_tom": 47,
    "high_tom": 50,
    "hat": 42,
    "pedal_hat": 44,
    "open_hat": 46,
    "crash": 49,
    "ride": 51,
    "ride_bell": 53,
    "tambourine": 54,
    "cowbell": 56,
    "high_bongo": 60,
    "low_bongo": 61,
    "mute_conga": 62,
    "open_conga": 63,
    "low_conga": 64,
    "high_timbale": 65,
    "high_agogo": 67,
    "low_agogo": 68,
    "cabasa": 69,
    "maracas": 70,
    "guiro": 73,
    "claves": 75,
    "high_block": 76,
    "low_block": 77,
    "triangle": 81,
}

ACCENTS = {"X": 1.0, "x": 0.82, "o": 0.55}


class Row(NamedTuple):
    """Row of a groove: name of the drum, minimum energy, maximum energy (exclusive), and pattern."""

    drum: str
    low: float
    high: float
    pattern: str


Groove = tuple[Row, ...]

_ROCK: Groove = (
    Row("kick", 0.0, 0.35, "X.......x......."),
    Row("kick", 0.35, 0.7, "X.....x.x......."),
    Row("kick", 0.7, 1.1, "X.x...x.X.x...x."),
    Row("stick", 0.0, 0.3, "....x.......x..."),
    Row("snare", 0.3, 1.1, "....X.......X..."),
    Row("hat", 0.12, 0.6, "x.o.x.o.x.o.x.o."),
    Row("open_hat", 0.6, 0.8, "X...X...X...X..."),
    Row("ride", 0.8, 1.1, "X.x.X.x.X.x.X.x."),
    Row("crash", 0.8, 1.1, "X..............." + "." * 16),
)
_ROCK_HALF: Groove = (
    Row("kick", 0.0, 0.5, "X.........x....."),
    Row("kick", 0.5, 1.1, "X..x..x...x...x."),
    Row("stick", 0.0, 0.25, "........x......."),
    Row("snare", 0.25, 0.6, "........X......."),
    Row("snare", 0.6, 1.1, "....X..o.o..X..."),
    Row("hat", 0.1, 0.55, "x...x...x...x..."),
    Row("open_hat", 0.55, 1.1, "x.x.x.x.x.x.x.x."),
)
_METAL: Groove = (
    Row("kick", 0.0, 0.35, "X.......X.x....."),
    Row("kick", 0.35, 0.72, "X.xxX.xxX.xxX.xx"),
    Row("kick", 0.72, 1.1, "XxxxXxxxXxxxXxxx"),
    Row("snare", 0.0, 0.72, "....X.......X..."),
    Row("snare", 0.72, 1.1, "....X.......X..o"),
    Row("ride", 0.2, 0.55, "x...x...x...x..."),
    Row("open_hat", 0.55, 1.1, "X...X...X...X..."),
    Row("crash", 0.72, 1.1, "X.......X......."),
)
_BLAST: Groove = (
    Row("kick", 0.0, 0.4, "X.....x.X......."),
    Row("kick", 0.4, 1.1, "X.x.X.x.X.x.X.x."),
    Row("snare", 0.0, 0.65, "........X......."),
    Row("snare", 0.65, 1.1, "X.o.X.o.X.o.X.o."),
    Row("open_hat", 0.25, 1.1, "X...X...X...X..."),
    Row("crash", 0.8, 1.1, "X..............."),
)
_POP: Groove = (
    Row("kick", 0.0, 0.5, "X.......X......."),
    Row("kick", 0.5, 1.1, "X...x...X...x..."),
    Row("clap", 0.25, 1.1, "....X.......X..."),
    Row("snare", 0.6, 1.1, "....x.......x..."),
    Row("hat", 0.15, 0.55, "o.x.o.x.o.x.o.x."),
    Row("hat", 0.55, 1.1, "xoxoxoxoxoxoxoxo"),
    Row("tambourine", 0.7, 1.1, "..x...x...x...x."),
)
_HOUSE: Groove = (
    Row("kick", 0.0, 1.1, "X...X...X...X..."),
    Row("clap", 0.3, 1.1, "....X.......X..."),
    Row("open_hat", 0.2, 1.1, "..o...o...o...o."),
    Row("hat", 0.5, 1.1, "xoxoxoxoxoxoxoxo"),
    Row("cabasa", 0.75, 1.1, "x.xxx.xxx.xxx.xx"),
)
_BREAKBEAT: Groove = (
    Row("kick", 0.0, 1.1, "X.x.......x....."),
    Row("snare", 0.15, 1.1, "....X..o.o..X..o"),
    Row("hat", 0.1, 0.6, "x.x.x.x.x.x.x.x."),
    Row("hat", 0.6, 1.1, "xxxxxxxxxxxxxxxx"),
    Row("open_hat", 0.6, 1.1, "..............x."),
    Row("kick", 0.7, 1.1, "......x.......x."),
)
_BOOM_BAP: Groove = (
    Row("kick", 0.0, 0.4, "X.......x......."),
    Row("kick", 0.4, 1.1, "X..x...x..X....."),
    Row("stick", 0.0, 0.25, "....x.......x..."),
    Row("snare", 0.25, 1.1, "....X.......X..."),
    Row("hat", 0.1, 0.65, "x.x.x.x.x.x.x.x."),
    Row("hat", 0.65, 1.1, "x.xxx.x.x.xxx.xx"),
    Row("open_hat", 0.6, 1.1, "..........x....."),
)
_TRAP: Groove = (
    Row("kick", 0.0, 1.1, "X.....x...x....."),
    Row("clap", 0.1, 1.1, "........X......."),
    Row("hat", 0.1, 0.45, "x...x...x...x..."),
    Row("hat", 0.45, 1.1, "x.x.x.xxx.x.xxxx"),
    Row("kick", 0.65, 1.1, "...x.........x.."),
)
_ONE_DROP: Groove = (
    Row("kick", 0.0, 0.6, "........X......."),
    Row("kick", 0.6, 1.1, "X...x...X...x..."),
    Row("stick", 0.0, 1.1, "........X......."),
    Row("snare", 0.6, 1.1, "........X.....o."),
    Row("hat", 0.1, 1.1, "x.o.x.o.x.o.x.o."),
    Row("open_hat", 0.4, 1.1, "..............x."),
    Row("cabasa", 0.55, 1.1, "..x...x...x...x."),
)
_ROCKERS: Groove = (
    Row("kick", 0.0, 1.1, "X.......X.....o."),
    Row("stick", 0.0, 0.5, "....x.......x..."),
    Row("snare", 0.5, 1.1, "....X.......X..."),
    Row("hat", 0.1, 1.1, "X.o.X.o.X.o.X.oo"),
    Row("tambourine", 0.6, 1.1, "....x.......x..."),
)
_SWING: Groove = (
    Row("ride", 0.0, 1.1, "X...x.o.X...x.o."),
    Row("pedal_hat", 0.1, 1.1, "....x.......x..."),
    Row("kick", 0.2, 0.6, "o.......o......."),
    Row("kick", 0.6, 1.1, "x...o...x...o..."),
    Row("snare", 0.35, 0.7, "......o.......o."),
    Row("snare", 0.7, 1.1, "..o...x...o.x.o."),
)
_SALSA: Groove = (
    Row("claves", 0.0, 1.1, "X..x..x...x.x..."),
    Row("maracas", 0.1, 1.1, "x.o.x.o.x.o.x.o."),
    Row("mute_conga", 0.2, 1.1, "X.o.x...X.o.x..."),
    Row("open_conga", 0.2, 1.1, "......xx......xx"),
    Row("cowbell", 0.55, 1.1, "X...x.x.X...x.x."),
    Row("high_timbale", 0.75, 1.1, "....x..x....x.xx"),
    Row("kick", 0.3, 1.1, "X.....o.X.....o."),
)
_REGGAETON: Groove = (
    Row("kick", 0.0, 1.1, "X...X...X...X..."),
    Row("snare", 0.15, 1.1, "...x..x....x..x."),
    Row("guiro", 0.3, 1.1, "x.oox.oox.oox.oo"),
    Row("low_conga", 0.5, 1.1, "..x....x..x...x."),
    Row("cowbell", 0.7, 1.1, "x...x...x...x..."),
)
_TAIKO: Groove = (
    Row("low_tom", 0.0, 1.1, "X.......x.....x."),
    Row("high_block", 0.2, 1.1, "....x.......x.x."),
    Row("low_block", 0.35, 1.1, "..x...x...x....."),
    Row("mid_tom", 0.5, 1.1, "....x.xx....x.xx"),
    Row("kick", 0.6, 1.1, "X...x...X...x..."),
    Row("triangle", 0.15, 0.6, "x..............."),
    Row("cabasa", 0.7, 1.1, "xoxoxoxoxoxoxoxo"),
)
_AFROBEAT: Groove = (
    Row("cabasa", 0.0, 1.1, "X.o.X.o.X.o.X.o."),
    Row("high_agogo", 0.3, 1.1, "X..x..x...x.x..."),
    Row("low_conga", 0.0, 1.1, "X...x...X...x..."),
    Row("open_conga", 0.25, 1.1, "....X..x....X.oo"),
    Row("kick", 0.2, 0.6, "X.......X......."),
    Row("kick", 0.6, 1.1, "X...X...X...X..x"),
    Row("snare", 0.65, 1.1, "....x..o....x.o."),
    Row("low_agogo", 0.5, 1.1, "....x.......x..."),
)
_SOFT: Groove = (
    Row("kick", 0.0, 1.1, "X.........x....."),
    Row("stick", 0.2, 1.1, "........x......."),
    Row("cabasa", 0.1, 1.1, "..o...o...o...o."),
    Row("hat", 0.5, 1.1, "x.o.x.o.x.o.x.o."),
    Row("snare", 0.7, 1.1, "........X......."),
)
_ORCHESTRAL: Groove = (
    Row("kick", 0.0, 1.1, "X..............."),
    Row("low_tom", 0.3, 1.1, "........x......."),
    Row("snare", 0.45, 1.1, "x...x.xxx...x.xx"),
    Row("crash", 0.7, 1.1, "X..............." + "." * 16),
    Row("triangle", 0.2, 0.7, "x.......x......."),
)

_ROCK_3: Groove = (
    Row("kick", 0.0, 1.1, "X..........."),
    Row("stick", 0.0, 0.3, "....x...x..."),
    Row("snare", 0.3, 1.1, "....x...X..."),
    Row("hat", 0.12, 0.7, "x.o.x.o.x.o."),
    Row("ride", 0.7, 1.1, "X.x.X.x.X.x."),
    Row("kick", 0.6, 1.1, "......x....."),
)
_DANCE_3: Groove = (
    Row("kick", 0.0, 1.1, "X..........."),
    Row("clap", 0.2, 1.1, "....X...X..."),
    Row("hat", 0.1, 0.6, "x.x.x.x.x.x."),
    Row("hat", 0.6, 1.1, "xoxoxoxoxoxo"),
    Row("kick", 0.6, 1.1, "......x...x."),
)
_SWING_3: Groove = (
    Row("ride", 0.0, 1.1, "X...x.o.x.o."),
    Row("pedal_hat", 0.1, 1.1, "....x...x..."),
    Row("kick", 0.2, 1.1, "x..........."),
    Row("snare", 0.5, 1.1, "......o....o"),
)
_HAND_3: Groove = (
    Row("low_conga", 0.0, 1.1, "X.........x."),
    Row("open_conga", 0.2, 1.1, "....x.o.x..."),
    Row("cabasa", 0.1, 1.1, "x.o.x.o.x.o."),
    Row("high_block", 0.4, 1.1, "X...x...x.x."),
    Row("kick", 0.5, 1.1, "X.......x..."),
)
_SOFT_3: Groove = (
    Row("kick", 0.0, 1.1, "X..........."),
    Row("low_tom", 0.3, 1.1, "....o...o..."),
    Row("triangle", 0.0, 0.7, "....x...x..."),
    Row("snare", 0.55, 1.1, "....x...x.xx"),
    Row("crash", 0.75, 1.1, "X..........." + "." * 12),
)
_ROCK_6: Groove = (
    Row("kick", 0.0, 1.1, "X..........."),
    Row("stick", 0.0, 0.3, "......x....."),
    Row("snare", 0.3, 1.1, "......X....."),
    Row("hat", 0.12, 0.65, "X.o.o.x.o.o."),
    Row("ride", 0.65, 1.1, "X.x.x.X.x.x."),
    Row("kick", 0.5, 1.1, "....x.....x."),
    Row("crash", 0.8, 1.1, "X..........." + "." * 12),
)
_DANCE_6: Groove = (
    Row("kick", 0.0, 1.1, "X.....X....."),
    Row("clap", 0.25, 1.1, "......X....."),
    Row("hat", 0.1, 1.1, "x.x.x.x.x.x."),
    Row("open_hat", 0.55, 1.1, "....x.....x."),
)
_SWING_6: Groove = (
    Row("ride", 0.0, 1.1, "X.x.x.X.x.x."),
    Row("pedal_hat", 0.1, 1.1, "......x....."),
    Row("kick", 0.2, 1.1, "x.......o..."),
    Row("snare", 0.45, 1.1, "....o.....o."),
)
_BELL_6: Groove = (
    Row("high_agogo", 0.0, 1.1, "X...x...x.x...x...x...x."),
    Row("cabasa", 0.1, 1.1, "x.o.o.x.o.o."),
    Row("low_conga", 0.0, 1.1, "X.....x....."),
    Row("open_conga", 0.3, 1.1, "....x.....xx"),
    Row("kick", 0.5, 1.1, "X.....x....."),
    Row("high_bongo", 0.65, 1.1, "..x.x...x.x."),
)
_SOFT_6: Groove = (
    Row("kick", 0.0, 1.1, "X..........."),
    Row("low_tom", 0.2, 1.1, "......x....."),
    Row("triangle", 0.0, 0.7, "....o.....o."),
    Row("hat", 0.5, 1.1, "x.o.o.x.o.o."),
    Row("snare", 0.7, 1.1, "......x...xx"),
)

GROOVES: dict[str, dict[int, tuple[Groove, ...]]] = {
    "rock": {4: (_ROCK, _ROCK_HALF), 3: (_ROCK_3,), 6: (_ROCK_6,)},
    "metal": {4: (_METAL, _BLAST), 3: (_ROCK_3,), 6: (_ROCK_6,)},
    "pop": {4: (_POP, _ROCK), 3: (_ROCK_3,), 6: (_ROCK_6,)},
    "electronic": {4: (_HOUSE, _HOUSE, _BREAKBEAT), 3: (_DANCE_3,), 6: (_DANCE_6,)},
    "hip hop": {4: (_BOOM_BAP, _TRAP), 3: (_DANCE_3,), 6: (_DANCE_6,)},
    "reggae": {4: (_ONE_DROP, _ROCKERS), 3: (_ROCK_3,), 6: (_ROCK_6,)},
    "jazz": {4: (_SWING,), 3: (_SWING_3,), 6: (_SWING_6,)},
    "latin": {4: (_SALSA, _REGGAETON), 3: (_HAND_3,), 6: (_BELL_6,)},
    "asian": {4: (_TAIKO,), 3: (_HAND_3,), 6: (_SOFT_6,)},
    "african": {4: (_AFROBEAT,), 3: (_HAND_3,), 6: (_BELL_6,)},
    "ambient": {4: (_SOFT,), 3: (_SOFT_3,), 6: (_SOFT_6,)},
    "classical": {4: (_ORCHESTRAL,), 3: (_SOFT_3,), 6: (_SOFT_6,)},
}

KITS: dict[str, tuple[str, ...]] = {
    "rock": ("standard", "power"),
    "metal": ("power",),
    "pop": ("standard", "power"),
    "electronic": ("tr808", "power"),
    "hip hop": ("tr808", "standard"),
    "reggae": ("standard",),
    "jazz": ("jazz",),
    "latin": ("standard",),
    "asian": ("standard",),
    "african": ("standard",),
    "ambient": ("tr808", "standard"),
    "classical": ("standard",),
}

FILLS: dict[str, tuple[tuple[str, str], ...]] = {
    "kit": (("snare", "xoxx"), ("high_tom", "xx.."), ("mid_tom", "..xx")),
    "hand": (("open_conga", "x.xx"), ("mute_conga", ".x.."), ("high_bongo", "..xx")),
    "machine": (("snare", "oxXX"), ("clap", "...X")),
}
"""Drum fills for the last felt beat of every fourth bar, in four equal steps."""

FILL_KIND: dict[str, str] = {
    "electronic": "machine",
    "hip hop": "machine",
    "latin": "hand",
    "african": "hand",
    "asian": "hand",
}
"""Kind of fill of the genres that do not use "kit"."""
