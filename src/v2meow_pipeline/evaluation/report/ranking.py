"""Ranking of systems by a metric: the best system, and those that are not significantly worse."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from v2meow_pipeline.evaluation.report.families import is_control
from v2meow_pipeline.metrics.controls import GROUND_TRUTH
from v2meow_pipeline.metrics.keys import describe
from v2meow_pipeline.metrics.result import SummaryRow

FEWEST = 2


class Ranking(NamedTuple):
    """Ranking of the evaluated systems, without controls, by one metric.

    Attributes:
        best: best system; None if fewer than two systems have a value, or the reference value is missing.
        tied: other systems whose interval overlaps that of the best.
    """

    best: str | None
    tied: frozenset[str]


def rank(metric: str, rows: Mapping[str, SummaryRow]) -> Ranking:
    """Ranks the evaluated systems, without controls.

    Args:
        metric: key of the metric; with the direction "reference", values nearer to the ground truth's are better.
        rows: system -> its row of this metric, including the ground truth.

    Returns:
        The ranking.
    """
    costs = {name: _cost(metric, row, rows) for name, row in rows.items() if not is_control(name)}
    known = {name: cost for name, cost in costs.items() if not math.isnan(cost)}
    if len(known) < FEWEST:
        return Ranking(None, frozenset())
    best = min(known, key=lambda name: known[name])
    tied = {name for name in known if name != best and overlap(rows[name], rows[best])}
    return Ranking(best, frozenset(tied))


def overlap(first: SummaryRow, second: SummaryRow) -> bool:
    """Whether two intervals overlap; False if one is NaN."""
    return first.low <= second.high and second.low <= first.high


def _cost(metric: str, row: SummaryRow, rows: Mapping[str, SummaryRow]) -> float:
    better = describe(metric).better
    if better == "reference":
        return abs(row.value - rows[GROUND_TRUTH].value) if GROUND_TRUTH in rows else math.nan
    return row.value if better == "lower" else -row.value
