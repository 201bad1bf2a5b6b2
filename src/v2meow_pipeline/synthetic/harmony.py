"""Chord progressions of each genre, and the chords of each bar."""

import numpy as np

from v2meow_pipeline.synthetic.plan import ClipPlan
from v2meow_pipeline.synthetic.theory import Chord, roman_chord

PROGRESSIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "rock": {
        "major": ("I bVII IV I", "I IV V IV", "I V vi IV", "I I IV V"),
        "minor": ("i bVII bVI bVII", "i bIII bVII IV", "i bVI bIII bVII"),
    },
    "metal": {
        "major": ("I5 bVII5 bVI5 bVII5", "I5 IV5 bVI5 V5"),
        "minor": ("i5 i5 bVI5 bVII5", "i5 bII5 i5 bVII5", "i5 bIII5 bVII5 bVI5", "i5 bVI5 iv5 V5"),
    },
    "pop": {
        "major": ("I V vi IV", "vi IV I V", "I vi IV V", "IV V iii vi", "Iadd9 V vi IVadd9"),
        "minor": ("i bVI bIII bVII", "i iv bVII bIII", "bVI bVII i i"),
    },
    "electronic": {
        "major": ("vi IV I V", "I I vi IV", "IVmaj7 V vi7 vi7"),
        "minor": ("i i bVI bVII", "i bVI bIII bVII", "i7 i7 iv7 iv7", "i bVII bVI bVI"),
    },
    "hip hop": {
        "major": ("Imaj7 Imaj7 ii7 V7", "IVmaj7 iii7 vi7 vi7", "Imaj9 vi7 Imaj9 vi7"),
        "minor": ("i7 i7 iv7 v7", "i9 i9 bVImaj7 bVImaj7", "i bVI i v", "i iv i bVII"),
    },
    "reggae": {
        "major": ("I V vi IV", "I IV I IV", "I ii I ii", "I IV V IV"),
        "minor": ("i iv i iv", "i bVII i bVII", "i bVII bVI v"),
    },
    "jazz": {
        "major": ("ii7 V7 Imaj7 VI7", "Imaj7 vi7 ii7 V7", "iii7 VI7 ii7 V7", "I6 IV7 I6,VI7 ii7,V7"),
        "minor": ("iim7b5 V7 i6 i6", "i6 iv7 iim7b5 V7", "i9 i9 iv9 iv9", "iv7 bVII7 bIIImaj7 V7"),
    },
    "latin": {
        "major": ("I IV V7 IV", "ii7 V7 I6 I6", "I vi7 ii7 V7", "I V7 V7 I"),
        "minor": ("i iv V7 i", "i bVII bVI V7", "i6 iim7b5 V7 i6", "i V7 i V7"),
    },
    "asian": {
        "major": ("I5 vi I5 V5", "I6 vi ii5 V5", "Isus2 vi IV6 I5", "I5 ii5 V5 I5"),
        "minor": ("i5 iv5 i5 v5", "i bVI5 i5 v5", "isus2 bVII5 iv5 i5"),
    },
    "african": {
        "major": ("I IV V IV", "I IV I V", "I ii IV V", "I I IV,V I"),
        "minor": ("i bVII i bVII", "i iv i bVII", "i bIII bVII i"),
    },
    "ambient": {
        "major": ("Imaj9 Imaj9 IVmaj9 IVmaj9", "Iadd9 vi7 IVmaj7 Isus2", "Isus2 IVadd9 Isus2 vi7"),
        "minor": ("i9 i9 bVImaj7 bVImaj7", "i7 bIIImaj7 iv9 i7", "isus2 bVImaj7 bVII isus2"),
    },
    "classical": {
        "major": ("I V vi iii", "I IV V7 I", "I vi ii V7", "I V7 I,IV V7"),
        "minor": ("i iv V7 i", "i bVI iv V7", "i V7 i,iv V7", "i bVII bIII V7"),
    },
}


def bar_chords(plan: ClipPlan, bars: int, first_bar: int, rng: np.random.Generator) -> list[tuple[Chord, ...]]:
    """Chords of consecutive bars.

    Args:
        plan: plan with genre, key, mode and tempo.
        bars: number of bars.
        first_bar: number of the first bar in the song, so that a clip can start in the middle of the progression.
        rng: random generator for the choice of the progression.

    Returns:
        One or two chords per bar, of equal length; at fast tempos a chord may last two bars.
    """
    choices = PROGRESSIONS[plan.genre][plan.mode]
    cycle = choices[int(rng.integers(len(choices)))].split()
    bars_per_chord = 2 if plan.bar_s < 1.35 or (plan.genre == "ambient" and plan.bar_s < 2.4) else 1
    numerals = [cycle[(first_bar + bar) // bars_per_chord % len(cycle)] for bar in range(bars)]
    return [tuple(roman_chord(numeral, plan.key) for numeral in pair.split(",")) for pair in numerals]


def chord_at(chords: tuple[Chord, ...], fraction: float) -> Chord:
    """Chord at a relative position in a bar, in [0, 1)."""
    return chords[min(int(fraction * len(chords)), len(chords) - 1)]
