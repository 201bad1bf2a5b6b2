"""The scores of each genre by itself: a mean over all clips hides who pays for it."""

from collections.abc import Mapping, Sequence

import numpy as np

from v2meow_pipeline.metrics.bootstrap import mean_interval
from v2meow_pipeline.metrics.keys import describe
from v2meow_pipeline.metrics.result import NOT_AVERAGED, ClipRow
from v2meow_pipeline.metrics.samples import OF_SEVERAL

UNKNOWN = "unknown"


def summarise_by_genre(rows: Sequence[ClipRow], genres: Mapping[str, str], seed: int) -> list[dict[str, str | float]]:
    """Means over the clips of each genre; a genre is the reference's, so the error of a tempo is that within its genre.

    Args:
        rows: of an evaluation, a row a clip and system.
        genres: of each clip; clips without one are "unknown".
        seed: of the intervals.

    Returns:
        A row a genre, system and metric: genre, system, metric, value, low, high, n; without an interval for a single
        clip. Metrics whose mean means nothing are left out.
    """
    found: dict[tuple[str, str], list[ClipRow]] = {}
    for row in rows:
        genre = genres[str(row["clip_id"])] or UNKNOWN
        found.setdefault((genre, str(row["system"])), []).append(row)
    metrics = [key for key in rows[0] if not key.startswith(NOT_AVERAGED)]
    table: list[dict[str, str | float]] = []
    for genre, system in sorted(found):
        for metric in metrics:
            describe(metric)  # a key without a meaning has no place in a table
            values = np.array([row[metric] for row in found[genre, system]], dtype=np.float64)
            value, low, high, n = mean_interval(values, seed)
            if n == 0 and metric.startswith(OF_SEVERAL):
                continue
            table.append(
                {"genre": genre, "system": system, "metric": metric, "value": value, "low": low, "high": high, "n": n}
            )
    return table
