"""What a clip looks like, given its music: scene and palette drawn from the genre, the mode and the energy.

The paper's premise is that what is seen carries genre and mood. So looks are coupled to the music, as people expect (a
piano club for jazz, dark colours for minor keys), but loosely: every genre occurs in every look, and a perfect reader
of looks names the genre in about six clips of ten (`reader_accuracy`).
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from v2meow_pipeline.corpus.sources.synthetic.genres import GENRE_SPECS, GenreSpec

SCENES = (
    "dancers",
    "stage_lights",
    "tunnel",
    "bars",
    "city",
    "piano_club",
    "beach",
    "mountains",
    "savanna",
    "petals",
    "shards",
    "stars",
)
PALETTES = (
    "ember",
    "neon",
    "steel",
    "candy",
    "sunset",
    "ultraviolet",
    "meadow",
    "ocean",
    "mono",
    "sepia",
    "arctic",
    "toxic",
)
HELD_OUT_SCENES = ("tunnel", "savanna")
HELD_OUT_PALETTES = ("arctic", "toxic")

Mode = Literal["major", "minor"]

# How many times likelier a genre's own scenes are than others, the first of them, its own palettes, and palettes that
# suit the mode and the energy.
SCENE_WEIGHTS = (40.0, 20.0, 10.0)
PALETTE_WEIGHTS = (20.0, 10.0)
MODE_WEIGHT = 2.0
ENERGY_WEIGHT = 2.0
MINOR_PALETTES = ("steel", "ultraviolet", "ocean", "mono", "sepia")
CALM_PALETTES = ("ocean", "meadow", "mono", "sepia", "sunset")
LIVELY_ENERGY = 0.5


def draw_look(rng: np.random.Generator, genre: str, mode: Mode, energy: float, held_out: bool) -> tuple[str, str]:
    """Scene and palette of a clip.

    Args:
        rng: of the look alone, so that the music does not depend on it.
        genre: one of `GENRE_SPECS`.
        mode: of the music's key.
        energy: mean of the energy knob, 0..1.
        held_out: whether the look is one that training never sees; it then tells nothing about the music.

    Returns:
        Names of `SCENES` and `PALETTES`.
    """
    if held_out:
        return str(rng.choice(HELD_OUT_SCENES)), str(rng.choice(HELD_OUT_PALETTES))
    spec = GENRE_SPECS[genre]
    return _pick(rng, _scene_shares(spec)), _pick(rng, _palette_shares(spec, mode, energy >= LIVELY_ENERGY))


def look_probabilities() -> dict[str, NDArray[np.float64]]:
    """How likely each look is for each genre, over modes and energies.

    Returns:
        By genre, [scene, palette] of the looks that training sees, in the order of `SCENES` and `PALETTES`; each sums
        to 1. Energies above and below the middle are taken as equally likely.
    """
    return {genre: np.outer(_values(_scene_shares(spec)), _palettes_of(spec)) for genre, spec in GENRE_SPECS.items()}


def reader_accuracy() -> float:
    """In how many clips a perfect reader of scene and palette names the genre: the bound on what a picture can tell."""
    joint = np.stack(list(look_probabilities().values())) / len(GENRE_SPECS)
    return float(joint.max(axis=0).sum())


def _scene_shares(spec: GenreSpec) -> dict[str, float]:
    return _shares({name: 1.0 for name in SCENES if name not in HELD_OUT_SCENES}, spec.scenes, SCENE_WEIGHTS)


def _palette_shares(spec: GenreSpec, mode: Mode, lively: bool) -> dict[str, float]:
    mood = {
        name: (MODE_WEIGHT if (name in MINOR_PALETTES) == (mode == "minor") else 1.0)
        * (ENERGY_WEIGHT if (name in CALM_PALETTES) != lively else 1.0)
        for name in PALETTES
        if name not in HELD_OUT_PALETTES
    }
    return _shares(mood, spec.palettes, PALETTE_WEIGHTS)


def _palettes_of(spec: GenreSpec) -> NDArray[np.float64]:
    modes: tuple[tuple[Mode, float], ...] = (("minor", spec.minor_share), ("major", 1 - spec.minor_share))
    parts = [
        share / 2 * _values(_palette_shares(spec, mode, lively)) for mode, share in modes for lively in (False, True)
    ]
    return np.asarray(np.sum(parts, axis=0), dtype=np.float64)


def _shares(plain: Mapping[str, float], liked: Sequence[str], weights: Sequence[float]) -> dict[str, float]:
    """Probabilities: `plain` weights, those of `liked` names multiplied by `weights`, in order."""
    weighted = {name: weight * dict(zip(liked, weights, strict=True)).get(name, 1.0) for name, weight in plain.items()}
    total = sum(weighted.values())
    return {name: weight / total for name, weight in weighted.items()}


def _values(shares: Mapping[str, float]) -> NDArray[np.float64]:
    return np.array(list(shares.values()), dtype=np.float64)


def _pick(rng: np.random.Generator, shares: Mapping[str, float]) -> str:
    return list(shares)[int(rng.choice(len(shares), p=_values(shares)))]
