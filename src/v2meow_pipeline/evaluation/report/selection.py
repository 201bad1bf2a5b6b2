"""Selection of the clips with players in the report, from every genre and split."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from v2meow_pipeline.evaluation.audio_sets import AudioSet, Systems


class ReportClips(NamedTuple):
    """Clips with players in the report.

    Attributes:
        facts: manifest rows of the clips.
        systems: system -> audio of these clips.
    """

    facts: pd.DataFrame
    systems: dict[str, AudioSet]


def choose_report_clips(clips: pd.DataFrame, systems: Systems, count: int) -> ReportClips:
    """Selects the first clip of each split and genre, then the second of each, and so on.

    Args:
        clips: manifest rows of the evaluated clips.
        systems: system -> audio of all evaluated clips.
        count: maximum number of selected clips.

    Returns:
        Selected clips in the order of `clips`.
    """
    rank_in_group = clips.groupby([clips["split"], clips["genre"].fillna("")], sort=False).cumcount().to_numpy()
    chosen = sorted(np.argsort(rank_in_group, kind="stable")[:count].tolist())
    of_chosen = {name: audio.subset(chosen) for name, audio in systems.items()}
    return ReportClips(clips.iloc[chosen].reset_index(drop=True), of_chosen)
