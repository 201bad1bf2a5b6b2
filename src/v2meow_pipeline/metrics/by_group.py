"""Scores by group of clips, such as genre: the mean over all clips hides differences between groups."""

from collections.abc import Mapping, Sequence

import numpy as np

from v2meow_pipeline.metrics.bootstrap import mean_interval
from v2meow_pipeline.metrics.keys import describe
from v2meow_pipeline.metrics.result import NOT_AVERAGED, ClipRow
from v2meow_pipeline.metrics.samples import OF_SEVERAL

UNKNOWN = "unknown"


def summarise_by_group(
    rows: Sequence[ClipRow], groups: Mapping[str, str], seed: int, column: str
) -> list[dict[str, str | float]]:
    """Means over the clips of each group.

    The group of a clip is that of its reference, for example the genre of its real music.

    Args:
        rows: per-clip rows of an evaluation, one per clip and system.
        groups: clip id -> group; clips with an empty group are "unknown".
        seed: seed of the bootstrap resampling.
        column: name of the group column, such as "genre".

    Returns:
        One row per group, system and metric: the group, system, metric, value, low, high, n; without an interval for a
        single clip. Metrics that cannot be averaged are left out.
    """
    found: dict[tuple[str, str], list[ClipRow]] = {}
    for row in rows:
        group = groups[str(row["clip_id"])] or UNKNOWN
        found.setdefault((group, str(row["system"])), []).append(row)
    metrics = [key for key in rows[0] if not key.startswith(NOT_AVERAGED)]
    table: list[dict[str, str | float]] = []
    for group, system in sorted(found):
        for metric in metrics:
            describe(metric)  # raises a KeyError for an unknown key
            values = np.array([row[metric] for row in found[group, system]], dtype=np.float64)
            value, low, high, n = mean_interval(values, seed)
            if n == 0 and metric.startswith(OF_SEVERAL):
                continue
            table.append(
                {column: group, "system": system, "metric": metric, "value": value, "low": low, "high": high, "n": n}
            )
    return table
