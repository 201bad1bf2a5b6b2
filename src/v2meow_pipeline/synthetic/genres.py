"""Distributions of tempo, metre, mode and look per genre, from which plans are drawn.

Tempo ranges overlap on purpose (all contain 78-140 BPM) and energy does not depend on genre, so that neither can be
inferred from the genre. Scenes and palettes are preferences, whose strength is set in look.py.
"""

from typing import NamedTuple


class GenreSpec(NamedTuple):
    """Distribution of the plans of one genre.

    Attributes:
        tempo_bpm: minimum, mode and maximum of the tempo, BPM.
        metre_weights: weights of 4/4, 3/4 and 6/8.
        swing: minimum and maximum of the swing; 0 is straight, 1 a triplet feel.
        minor_share: probability of a minor key.
        drums_share: probability of drums.
        scenes: typical scenes, most likely first.
        palettes: typical palettes, most likely first.
    """

    tempo_bpm: tuple[float, float, float]
    metre_weights: tuple[float, float, float]
    swing: tuple[float, float]
    minor_share: float
    drums_share: float
    scenes: tuple[str, ...]
    palettes: tuple[str, ...]


GENRE_SPECS: dict[str, GenreSpec] = {
    "rock": GenreSpec(
        (74, 122, 168),
        (0.82, 0.06, 0.12),
        (0.0, 0.15),
        0.4,
        0.8,
        ("stage_lights", "city", "dancers"),
        ("ember", "neon"),
    ),
    "metal": GenreSpec(
        (76, 138, 176), (0.86, 0.04, 0.1), (0.0, 0.0), 0.9, 0.92, ("stage_lights", "shards", "bars"), ("steel", "ember")
    ),
    "pop": GenreSpec(
        (70, 112, 156), (0.86, 0.07, 0.07), (0.0, 0.2), 0.35, 0.9, ("dancers", "beach", "stars"), ("candy", "sunset")
    ),
    "electronic": GenreSpec(
        (74, 126, 168),
        (0.94, 0.03, 0.03),
        (0.0, 0.1),
        0.65,
        0.92,
        ("bars", "shards", "dancers"),
        ("neon", "ultraviolet"),
    ),
    "hip hop": GenreSpec(
        (64, 92, 144), (0.94, 0.03, 0.03), (0.1, 0.6), 0.7, 0.93, ("city", "dancers", "bars"), ("steel", "sunset")
    ),
    "reggae": GenreSpec(
        (64, 84, 144),
        (0.94, 0.02, 0.04),
        (0.1, 0.6),
        0.4,
        0.92,
        ("beach", "city", "stage_lights"),
        ("meadow", "sunset"),
    ),
    "jazz": GenreSpec(
        (66, 124, 176), (0.76, 0.18, 0.06), (0.6, 1.0), 0.45, 0.82, ("piano_club", "city", "stars"), ("ember", "mono")
    ),
    "latin": GenreSpec(
        (72, 104, 168), (0.88, 0.03, 0.09), (0.0, 0.1), 0.55, 0.9, ("beach", "dancers", "petals"), ("sunset", "candy")
    ),
    "asian": GenreSpec(
        (60, 90, 144), (0.8, 0.1, 0.1), (0.0, 0.1), 0.4, 0.6, ("mountains", "petals", "bars"), ("meadow", "mono")
    ),
    "african": GenreSpec(
        (76, 114, 160),
        (0.6, 0.05, 0.35),
        (0.0, 0.3),
        0.3,
        0.95,
        ("dancers", "stage_lights", "mountains"),
        ("meadow", "ember"),
    ),
    "ambient": GenreSpec(
        (58, 80, 142),
        (0.74, 0.16, 0.1),
        (0.0, 0.2),
        0.5,
        0.35,
        ("stars", "mountains", "shards"),
        ("ocean", "ultraviolet"),
    ),
    "classical": GenreSpec(
        (60, 100, 160),
        (0.52, 0.3, 0.18),
        (0.0, 0.0),
        0.4,
        0.12,
        ("piano_club", "petals", "mountains"),
        ("mono", "ocean"),
    ),
}
