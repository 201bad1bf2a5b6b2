"""Reliability of each metric: whether it separates the ground truth from the controls.

A metric that does not separate the clip's own music from music of another clip does not measure how well music fits a
clip. Per-clip metrics are compared by paired differences over clips, which is the more powerful test; set-level metrics
by their intervals, which must not overlap. Conventions as in `metrics.bootstrap`. There is no correction for multiple
tests: of forty metrics, one or two separate by chance.
"""

import math
from typing import Literal, NamedTuple

import numpy as np

from v2meow_pipeline.evaluation.report.families import OF_MUSIC_ALONE
from v2meow_pipeline.evaluation.report.ranking import overlap
from v2meow_pipeline.metrics.bootstrap import Interval, paired_difference
from v2meow_pipeline.metrics.controls import GROUND_TRUTH, RANDOM_SHUFFLE, SILENCE
from v2meow_pipeline.metrics.keys import describe
from v2meow_pipeline.metrics.result import EvaluationResult, SummaryRow

Outcome = Literal["separated", "not separated", "reversed", "same music", "no value", "no interval", "not computed"]
Separability = Literal["yes", "partly", "no", "unknown"]
NOTHING = Interval(math.nan, math.nan, math.nan, 0)
OPPONENTS = (RANDOM_SHUFFLE, SILENCE)


class Separation(NamedTuple):
    """Comparison of the ground truth with one control by one metric.

    Attributes:
        control: name of the control.
        outcome: result of the comparison: "reversed" if the control is better; "same music" if the metric depends only
            on the set of waves, which is the same for the shuffle; "no value" if the control or ground truth has none.
        paired: whether clips were compared pairwise.
        gap: lead of the ground truth in the metric's unit; for the direction "reference", the plain difference. The
            interval is NaN unless `paired`.
        effect: effect size: `gap` divided by the standard deviation of the paired differences; NaN unless `paired`.
    """

    control: str
    outcome: Outcome
    paired: bool = False
    gap: Interval = NOTHING
    effect: float = math.nan


class Reliability(NamedTuple):
    """Reliability of one metric.

    Attributes:
        metric: key of the metric.
        against: control -> comparison.
        verdict: "yes" if all possible comparisons separate, "no" if none does, "partly" otherwise; "unknown" if no
            comparison is possible.
    """

    metric: str
    against: dict[str, Separation]
    verdict: Separability


def reliabilities(result: EvaluationResult) -> list[Reliability]:
    """Compares the ground truth with the controls by every metric.

    Args:
        result: result of an evaluation.

    Returns:
        One per metric that the ground truth has, in the order of the result.
    """
    columns = _columns(result)
    rows = {(row.system, row.metric): row for row in result.summary}
    found = []
    for metric in result.metrics():
        if (GROUND_TRUTH, metric) in rows:
            against = {name: _separation(metric, name, columns, rows, result.seed) for name in OPPONENTS}
            found.append(Reliability(metric, against, _verdict([one.outcome for one in against.values()])))
    return found


def _columns(result: EvaluationResult) -> dict[tuple[str, str], np.ndarray]:
    """(system, metric) -> one value per clip, in the order of clips."""
    clips: dict[str, list[dict[str, str | float]]] = {}
    for row in result.by_clip:
        clips.setdefault(str(row["system"]), []).append(row)
    return {
        (system, metric): np.array([row[metric] for row in rows], np.float64)
        for system, rows in clips.items()
        for metric in rows[0]
        if metric not in ("system", "clip_id")
    }


def _separation(
    metric: str,
    control: str,
    columns: dict[tuple[str, str], np.ndarray],
    rows: dict[tuple[str, str], SummaryRow],
    seed: int,
) -> Separation:
    if (control, metric) not in rows:
        return Separation(control, "not computed")
    if control == RANDOM_SHUFFLE and metric.startswith(OF_MUSIC_ALONE):
        return Separation(control, "same music")
    truth, other = rows[GROUND_TRUTH, metric], rows[control, metric]
    if math.isnan(truth.value) or math.isnan(other.value):
        return Separation(control, "no value")
    if (control, metric) in columns:
        return _paired(metric, control, columns[GROUND_TRUTH, metric], columns[control, metric], seed)
    return _by_intervals(metric, control, truth, other)


def _paired(metric: str, control: str, truth: np.ndarray, other: np.ndarray, seed: int) -> Separation:
    better = describe(metric).better
    first, second = (other, truth) if better == "lower" else (truth, other)
    gap = paired_difference(first, second, seed)
    if gap.n == 0:
        return Separation(control, "no value")
    if math.isnan(gap.low):
        return Separation(control, "no interval", True, gap)
    spread = float(np.nanstd(first - second, ddof=1))
    effect = gap.value / spread if spread > 0 else math.copysign(math.inf, gap.value) if gap.value else 0.0
    return Separation(control, _outcome(gap.low, gap.high, better), True, gap, effect)


def _by_intervals(metric: str, control: str, truth: SummaryRow, other: SummaryRow) -> Separation:
    better = describe(metric).better
    gap = Interval(
        other.value - truth.value if better == "lower" else truth.value - other.value, np.nan, np.nan, truth.n
    )
    if any(map(math.isnan, (truth.low, truth.high, other.low, other.high))):
        return Separation(control, "no interval", False, gap)
    if overlap(truth, other):
        return Separation(control, "not separated", False, gap)
    return Separation(control, "reversed" if gap.value < 0 and better != "reference" else "separated", False, gap)


def _outcome(low: float, high: float, better: str) -> Outcome:
    if low <= 0 <= high:
        return "not separated"
    return "reversed" if high < 0 and better != "reference" else "separated"


def _verdict(outcomes: list[Outcome]) -> Separability:
    judged = [outcome for outcome in outcomes if outcome in ("separated", "not separated", "reversed")]
    if not judged:
        return "unknown"
    good = judged.count("separated")
    return "yes" if good == len(judged) else "partly" if good else "no"
