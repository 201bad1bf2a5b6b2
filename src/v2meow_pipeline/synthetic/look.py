"""Choice of the look (scene and palette) of a clip given genre, mode and energy of its music.

The paper's premise is that video carries information about genre and mood. Looks are therefore correlated with the
music (a piano club for jazz, dark colours for minor keys), but only loosely: every genre occurs with every look, and an
optimal classifier of looks predicts the genre of about six clips in ten (`reader_accuracy`).
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from v2meow_pipeline.synthetic.genres import GENRE_SPECS, GenreSpec

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

# Weights relative to 1: of the genre's scenes, in order; of its palettes, in order; and factors of palettes that match
# the mode and the energy.
SCENE_WEIGHTS = (40.0, 20.0, 10.0)
PALETTE_WEIGHTS = (20.0, 10.0)
MODE_WEIGHT = 2.0
ENERGY_WEIGHT = 2.0
MINOR_PALETTES = ("steel", "ultraviolet", "ocean", "mono", "sepia")
CALM_PALETTES = ("ocean", "meadow", "mono", "sepia", "sunset")
LIVELY_ENERGY = 0.5


def draw_look(rng: np.random.Generator, genre: str, mode: Mode, energy: float, held_out: bool) -> tuple[str, str]:
    """Draws scene and palette of a clip.

    Args:
        rng: random generator of the look, separate from that of the music.
        genre: one of `GENRE_SPECS`.
        mode: mode of the key.
        energy: mean energy of the clip, 0 to 1.
        held_out: whether to draw a held-out look, which does not depend on the music.

    Returns:
        One of `SCENES` and one of `PALETTES`.
    """
    if held_out:
        return str(rng.choice(HELD_OUT_SCENES)), str(rng.choice(HELD_OUT_PALETTES))
    spec = GENRE_SPECS[genre]
    return _pick(rng, _scene_shares(spec)), _pick(rng, _palette_shares(spec, mode, energy >= LIVELY_ENERGY))


def look_probabilities() -> dict[str, NDArray[np.float64]]:
    """Probability of each look given the genre, marginalized over modes and energies.

    Returns:
        Array [scene, palette] by genre, which sums to 1, over the looks that are not held out, in the order of `SCENES`
        and `PALETTES`. High and low energies are assumed equally likely.
    """
    return {genre: np.outer(_values(_scene_shares(spec)), _palettes_of(spec)) for genre, spec in GENRE_SPECS.items()}


def reader_accuracy() -> float:
    """Accuracy of the optimal classifier of genre from scene and palette: the bound on what the video reveals."""
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
    """Normalized `plain` weights, after multiplication of those of `liked` names by `weights`, in order."""
    weighted = {name: weight * dict(zip(liked, weights, strict=True)).get(name, 1.0) for name, weight in plain.items()}
    total = sum(weighted.values())
    return {name: weight / total for name, weight in weighted.items()}


def _values(shares: Mapping[str, float]) -> NDArray[np.float64]:
    return np.array(list(shares.values()), dtype=np.float64)


def _pick(rng: np.random.Generator, shares: Mapping[str, float]) -> str:
    return list(shares)[int(rng.choice(len(shares), p=_values(shares)))]
