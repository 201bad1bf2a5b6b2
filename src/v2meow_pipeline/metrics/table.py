"""Tables of an evaluation: Markdown, terminal (rich), and flat numbers for an experiment tracker."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from v2meow_pipeline.metrics.keys import heading
from v2meow_pipeline.metrics.markdown import markdown_table
from v2meow_pipeline.metrics.result import EvaluationResult, SummaryRow

if TYPE_CHECKING:
    from rich.table import Table

ABSENT = "–"


def show_number(value: float) -> str:
    """Formats a number with about three significant digits: "–" for NaN, 0.000 for magnitudes below 1e-9."""
    if math.isnan(value):
        return ABSENT
    magnitude = abs(value)
    if magnitude < 1e-9:
        return "0.000"
    if magnitude >= 1000:
        return f"{value:.0f}"
    if magnitude >= 10:
        return f"{value:.1f}"
    return f"{value:.3f}" if magnitude >= 0.001 else f"{value:.1e}"


def show_row(row: SummaryRow | None, n_clips: int) -> str:
    """Formats a value with its interval, and with n if it differs from the number of evaluated clips.

    Args:
        row: row to format; None if the metric does not apply to the system.
        n_clips: number of clips of the evaluation.

    Returns:
        Text such as "84.4 [80.1, 88.0]"; empty for None.
    """
    if row is None:
        return ""
    text = show_number(row.value)
    if not (math.isnan(row.low) or math.isnan(row.high)):
        text += f" [{show_number(row.low)}, {show_number(row.high)}]"
    return text if row.n == n_clips else f"{text} (n={row.n})"


def to_markdown(result: EvaluationResult, metrics: Sequence[str] | None = None) -> str:
    """Markdown table with one row per system and one column per metric, and a caption with the notes.

    Args:
        result: result of `evaluate`.
        metrics: keys of the columns, in order; all by default.

    Returns:
        Table and caption.
    """
    metrics = result.metrics() if metrics is None else metrics
    found = {(row.system, row.metric): row for row in result.summary}
    rows = [
        [system, *(show_row(found.get((system, metric)), result.n_clips) for metric in metrics)]
        for system in result.systems()
    ]
    return "\n".join([markdown_table(["system", *map(heading, metrics)], rows), "", caption(result), ""])


def caption(result: EvaluationResult) -> str:
    """Caption of a table: number of clips, kind of interval, seed, and notes."""
    text = f"{result.n_clips} clips; 95 % bootstrap intervals over clips, seed {result.seed}; n where it is fewer."
    return " ".join([text, *(f"Note: {note}." for note in result.notes)])


def to_rich(result: EvaluationResult, metrics: Sequence[str] | None = None) -> "Table":
    """Terminal table with one row per system and one column per metric, with intervals below the values.

    Args:
        result: result of `evaluate`.
        metrics: keys of the columns, in order; those that were not computed are left out. All by default.

    Returns:
        Table for a rich console.
    """
    from rich.table import Table

    shown = [key for key in metrics if key in result.metrics()] if metrics is not None else result.metrics()
    table = Table(title="Evaluation", caption=caption(result), caption_justify="left", show_lines=True)
    table.add_column("system", no_wrap=True)
    for metric in shown:
        table.add_column(heading(metric).replace("_", " "), justify="right")
    found = {(row.system, row.metric): row for row in result.summary}
    for system in result.systems():
        cells = (show_row(found.get((system, metric)), result.n_clips) for metric in shown)
        table.add_row(system, *(cell.replace(" [", "\n\\[") for cell in cells))
    return table


def flat(result: EvaluationResult) -> dict[str, float]:
    """Flat mapping from "system/metric" to a number, for an experiment tracker; finite values only.

    Args:
        result: result of `evaluate`.

    Returns:
        Name -> value; with `…/low` and `…/high` for values that have an interval.
    """
    numbers = {}
    for row in result.summary:
        name = f"{row.system}/{row.metric}"
        numbers.update({name: row.value, f"{name}/low": row.low, f"{name}/high": row.high})
    return {name: value for name, value in numbers.items() if math.isfinite(value)}


def by_split(result: EvaluationResult, split: str) -> list[dict[str, str | float]]:
    """Long table of the summary of each split.

    Args:
        result: result of `evaluate`.
        split: name of the only split, used if `result` has no separate splits.

    Returns:
        One row per split, metric and system: split, system, metric, value, low, high, n.
    """
    of_splits = result.by_split or {split: result.summary}
    return [{"split": name, **row._asdict()} for name, rows in of_splits.items() for row in rows]


def wide(result: EvaluationResult, metrics: Sequence[str]) -> list[dict[str, str | float]]:
    """Wide table of the values without intervals, for plotting tools.

    Args:
        result: result of `evaluate`.
        metrics: keys of the columns, in order; those that were not computed are left out.

    Returns:
        One row per system: "system", then one number per metric, NaN if it does not apply.
    """
    shown = [key for key in metrics if key in result.metrics()]
    found = {(row.system, row.metric): row.value for row in result.summary}
    return [
        {"system": system, **{key: found.get((system, key), math.nan) for key in shown}} for system in result.systems()
    ]
