"""Text prompts that contradict the video, for testing whether the music follows the text."""

import numpy as np
import pandas as pd

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.metrics.genre import FEWEST_GENRES
from v2meow_pipeline.seeding import derive_seed

SEED = 0


def other_genres(clips: pd.DataFrame) -> dict[str, str]:
    """For each clip, a random genre other than its own.

    Args:
        clips: rows of the manifest, with genres. The draw depends only on the clip's id and the set of genres, so
            generation and evaluation agree.

    Returns:
        Clip id -> genre, in the order of `clips`.

    Raises:
        ConfigError: if the clips have fewer than two genres.
    """
    own = dict(zip(clips["clip_id"], clips["genre"].fillna(""), strict=True))
    genres = sorted({genre for genre in own.values() if genre})
    if len(genres) < FEWEST_GENRES:
        raise ConfigError(
            "Prompts that contradict the video need clips of at least two genres.",
            "Remove v2meow_genre_prompt from generate.systems, or add genres (docs/how-to/own-videos.md).",
        )
    return {clip_id: _drawn([g for g in genres if g != genre], clip_id) for clip_id, genre in own.items()}


def prompt_of(genre: str) -> str:
    """Text prompt of a genre, such as "jazz music"."""
    return f"{genre} music"


def _drawn(genres: list[str], clip_id: str) -> str:
    return genres[np.random.default_rng(derive_seed(SEED, clip_id)).integers(len(genres))]
