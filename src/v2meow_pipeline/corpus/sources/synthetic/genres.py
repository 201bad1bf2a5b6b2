"""What each genre tends to: the table that plans are drawn from.

Tempo ranges overlap on purpose (all contain 78-140 beats a minute) and energy does not depend on genre at all, so that
neither can be read off the genre. Scenes and palettes are preferences: see look.py for how strong they are.
"""

from typing import NamedTuple


class GenreSpec(NamedTuple):
    """How plans of one genre are drawn.

    Attributes:
        tempo_bpm: lowest, commonest and highest tempo.
        metre_weights: of 4/4, 3/4 and 6/8.
        swing: lowest and highest; 0 is straight, 1 a triplet feel.
        minor_share: probability of a minor key.
        drums_share: probability of drums.
        scenes: those that people expect, the likeliest first.
        palettes: likewise.
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
