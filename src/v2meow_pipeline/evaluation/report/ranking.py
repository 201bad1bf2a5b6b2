"""Which system is best by a metric, and which of the others are no worse as far as the clips tell."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from v2meow_pipeline.evaluation.report.families import is_control
from v2meow_pipeline.metrics.controls import GROUND_TRUTH
from v2meow_pipeline.metrics.keys import describe
from v2meow_pipeline.metrics.result import SummaryRow

FEWEST = 2


class Ranking(NamedTuple):
    """Of one metric.

    Attributes:
        best: the best system that is not a control; None where fewer than two have a value, or there is no aim.
        tied: systems that are not controls whose interval overlaps that of the best.
    """

    best: str | None
    tied: frozenset[str]


def rank(metric: str, rows: Mapping[str, SummaryRow]) -> Ranking:
    """Compares the systems that are not controls.

    Args:
        metric: its key; where the ground truth's own value is the aim, nearer to that is better.
        rows: of each system that has this metric.

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
    """Whether two intervals share a value; False where one has none."""
    return first.low <= second.high and second.low <= first.high


def _cost(metric: str, row: SummaryRow, rows: Mapping[str, SummaryRow]) -> float:
    better = describe(metric).better
    if better == "reference":
        return abs(row.value - rows[GROUND_TRUTH].value) if GROUND_TRUTH in rows else math.nan
    return row.value if better == "lower" else -row.value
