"""The clips that a report plays: few of many, from every genre and split."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

Systems = Mapping[str, Sequence[np.ndarray]]


class Shown(NamedTuple):
    """Clips to be played.

    Attributes:
        facts: their rows of the manifest.
        waves: system -> waves, float32 [n] each, in the order of `facts`.
    """

    facts: pd.DataFrame
    waves: dict[str, list[np.ndarray]]


def choose_shown(clips: pd.DataFrame, systems: Systems, count: int) -> Shown:
    """The first clip of each split and genre, then the second of each, and so on.

    Args:
        clips: that were evaluated.
        systems: waves of all of them, by system.
        count: how many are kept, with their waves; all others are left to be forgotten.

    Returns:
        At most `count` clips, in the order of `clips`.
    """
    turn = clips.groupby([clips["split"], clips["genre"].fillna("")], sort=False).cumcount().to_numpy()
    chosen = sorted(np.argsort(turn, kind="stable")[:count].tolist())
    waves = {name: [of_clips[index] for index in chosen] for name, of_clips in systems.items()}
    return Shown(clips.iloc[chosen].reset_index(drop=True), waves)
