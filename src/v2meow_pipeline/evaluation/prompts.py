"""Prompts that contradict the picture: does the music follow the words?"""

import numpy as np
import pandas as pd

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.metrics.genre import FEWEST_GENRES
from v2meow_pipeline.seeding import derive_seed

SEED = 0


def other_genres(clips: pd.DataFrame) -> dict[str, str]:
    """For each clip a genre that its own music is not of, drawn evenly.

    Args:
        clips: rows of the manifest, with genres. A clip's draw depends on its id and the genres that there are, so
            generation and evaluation agree.

    Returns:
        Genre by clip, in the order of `clips`.

    Raises:
        ConfigError: when the clips are of fewer than two genres.
    """
    own = dict(zip(clips["clip_id"], clips["genre"].fillna(""), strict=True))
    genres = sorted({genre for genre in own.values() if genre})
    if len(genres) < FEWEST_GENRES:
        raise ConfigError(
            "A prompt that contradicts the picture needs clips of two genres at least.",
            "Leave v2meow_genre_prompt out of generate.systems, or give genres (docs/how-to/own-videos.md).",
        )
    return {clip_id: _drawn([g for g in genres if g != genre], clip_id) for clip_id, genre in own.items()}


def prompt_of(genre: str) -> str:
    """What the model is told, such as "jazz music"."""
    return f"{genre} music"


def _drawn(genres: list[str], clip_id: str) -> str:
    return genres[np.random.default_rng(derive_seed(SEED, clip_id)).integers(len(genres))]
