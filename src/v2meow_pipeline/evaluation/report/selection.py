"""Selection of the clips with players in the report, from every genre and split."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

Systems = Mapping[str, Sequence[np.ndarray]]


class Shown(NamedTuple):
    """Clips with players in the report.

    Attributes:
        facts: manifest rows of the clips.
        waves: system -> waves, float32 [n] each, in the order of `facts`.
    """

    facts: pd.DataFrame
    waves: dict[str, list[np.ndarray]]


def choose_shown(clips: pd.DataFrame, systems: Systems, count: int) -> Shown:
    """Selects the first clip of each split and genre, then the second of each, and so on.

    Args:
        clips: manifest rows of the evaluated clips.
        systems: system -> waves of all evaluated clips.
        count: maximum number of selected clips; no references to the waves of other clips are kept.

    Returns:
        Selected clips in the order of `clips`.
    """
    rank_in_group = clips.groupby([clips["split"], clips["genre"].fillna("")], sort=False).cumcount().to_numpy()
    chosen = sorted(np.argsort(rank_in_group, kind="stable")[:count].tolist())
    waves = {name: [of_clips[index] for index in chosen] for name, of_clips in systems.items()}
    return Shown(clips.iloc[chosen].reset_index(drop=True), waves)
