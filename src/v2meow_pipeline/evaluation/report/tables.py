"""Tables of the report: ranked metrics by family and split, and pivot tables of groups and lifts."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from v2meow_pipeline.evaluation.report.families import by_family, in_order, is_control
from v2meow_pipeline.evaluation.report.ranking import Ranking, rank
from v2meow_pipeline.evaluation.report.separation import Reliability
from v2meow_pipeline.metrics.keys import ARROWS, describe, heading
from v2meow_pipeline.metrics.markdown import markdown_table
from v2meow_pipeline.metrics.result import EvaluationResult, SummaryRow
from v2meow_pipeline.metrics.table import ABSENT, caption, show_row

# Row name -> column name -> row of the long table.
Pivot = dict[str, dict[str, Mapping[str, Any]]]


class Column(NamedTuple):
    """Column of a table: one metric.

    Attributes:
        key: key of the metric.
        unit: unit such as "%"; empty for plain numbers.
        arrow: symbol of the better direction.
        meaning: explanation in one line.
        rows: system -> its row, for systems that have the metric.
        ranking: best system, and those that are not significantly worse.
        verdict: reliability of the metric, see `separation.Reliability`; "unknown" if not tested.
    """

    key: str
    unit: str
    arrow: str
    meaning: str
    rows: dict[str, SummaryRow]
    ranking: Ranking
    verdict: str

    def mark(self, system: str) -> str:
        """Mark of a system: "best", "tied" or ""."""
        return "best" if system == self.ranking.best else "tied" if system in self.ranking.tied else ""


class MetricTable(NamedTuple):
    """Table of several metrics.

    Attributes:
        name: name of the family of metrics, or of the split.
        systems: systems that have any of the metrics.
        columns: one column per metric.
        n_clips: number of clips; cells with another n show it.
    """

    name: str
    systems: list[str]
    columns: list[Column]
    n_clips: int


def family_tables(result: EvaluationResult, found: Sequence[Reliability]) -> list[MetricTable]:
    """One table per family of metrics.

    Args:
        result: result of an evaluation.
        found: reliability of each metric.

    Returns:
        Tables in the order of `families.FAMILIES`.
    """
    families = by_family(result.metrics())
    return [_table(name, metrics, result.summary, found, result.n_clips) for name, metrics in families.items()]


def headline_table(result: EvaluationResult, headline: Sequence[str], found: Sequence[Reliability]) -> MetricTable:
    """Table of the headline metrics over all clips.

    Args:
        result: result of an evaluation.
        headline: keys of the headline metrics; those that were not computed are left out.
        found: reliability of each metric.

    Returns:
        The table.
    """
    shown = [key for key in headline if key in result.metrics()]
    return _table("Headline metrics", shown, result.summary, found, result.n_clips)


def split_tables(
    result: EvaluationResult, clips: pd.DataFrame, headline: Sequence[str], found: Sequence[Reliability]
) -> list[MetricTable]:
    """One table of the headline metrics per split.

    Args:
        result: result of an evaluation.
        clips: manifest rows of the evaluated clips.
        headline: keys of the headline metrics; those that were not computed are left out.
        found: reliability of each metric.

    Returns:
        Tables in the order of splits; empty if there is only one split.
    """
    shown = [key for key in headline if key in result.metrics()]
    sizes = clips["split"].value_counts()
    return [_table(split, shown, rows, found, int(sizes[split])) for split, rows in result.by_split.items()]


def _table(
    name: str, metrics: Sequence[str], summary: Sequence[SummaryRow], found: Sequence[Reliability], n_clips: int
) -> MetricTable:
    verdicts = {one.metric: one.verdict for one in found}
    columns = [_column(summary, metric, verdicts.get(metric, "unknown")) for metric in metrics]
    systems = in_order(dict.fromkeys(system for column in columns for system in column.rows))
    return MetricTable(name, systems, columns, n_clips)


def _column(summary: Sequence[SummaryRow], metric: str, verdict: str) -> Column:
    rows = {row.system: row for row in summary if row.metric == metric}
    kind = describe(metric)
    return Column(metric, kind.unit, ARROWS[kind.better], kind.meaning, rows, rank(metric, rows), verdict)


def pivots(rows: Sequence[Mapping[Any, Any]], page: str, down: str, across: str) -> dict[str, Pivot]:
    """Pivots a long table.

    Args:
        rows: rows of a long table.
        page: key whose values give one pivot table each.
        down: key of the rows of a pivot table.
        across: key of the columns of a pivot table.

    Returns:
        Value of `page` -> value of `down` -> value of `across` -> row.
    """
    found: dict[str, Pivot] = {}
    for row in rows:
        found.setdefault(str(row[page]), {}).setdefault(str(row[down]), {})[str(row[across])] = row
    return found


def by_clip_table(result: EvaluationResult, clips: pd.DataFrame) -> pd.DataFrame:
    """Per-clip scores with the clip's genre and split.

    Args:
        result: result of an evaluation.
        clips: manifest rows of the evaluated clips.

    Returns:
        One row per clip and system: clip_id, split, genre, system, then one column per metric.
    """
    labels = clips[["clip_id", "split", "genre"]].fillna({"genre": ""})
    table = labels.merge(pd.DataFrame(result.by_clip), on="clip_id", validate="one_to_many")
    metrics = [name for name in table.columns if name not in ("clip_id", "split", "genre", "system")]
    return table[["clip_id", "split", "genre", "system", *metrics]]


def to_paper(
    result: EvaluationResult,
    tables: Sequence[MetricTable],
    splits: Sequence[MetricTable],
    found: Sequence[Reliability],
    genres: Mapping[str, Pivot],
) -> str:
    """Markdown document with all tables, for a paper.

    Args:
        result: result of an evaluation.
        tables: tables of `family_tables`.
        splits: tables of `split_tables`.
        found: reliability of each metric.
        genres: metric -> genre -> system -> row, for the metrics shown by genre.

    Returns:
        Markdown with the tables by family, by split, of reliability and by genre.
    """
    parts = ["# Evaluation", f"{_plain(caption(result))} Bold: the best system that is not a control."]
    titled = [(table.name, table) for table in tables]
    titled += [(f"Split {_plain(table.name)}, {table.n_clips} clips", table) for table in splits]
    for title, table in titled:
        heads = [heading(column.key) for column in table.columns]
        lines = [
            [_plain(system), *(_cell(one, system, table.n_clips) for one in table.columns)] for system in table.systems
        ]
        parts += [f"## {title}", markdown_table(["system", *heads], lines)]
    lines = [[one.metric, one.verdict, *(against.outcome for against in one.against.values())] for one in found]
    controls = list(found[0].against) if found else []
    parts += [
        "## Does the metric separate the ground truth from the controls",
        markdown_table(["metric", "reliable", *controls], lines),
    ]
    for metric, grid in genres.items():
        systems = in_order(dict.fromkeys(system for of_genre in grid.values() for system in of_genre))
        lines = [
            [_plain(genre), *(_of_group(of_genre.get(name)) for name in systems)] for genre, of_genre in grid.items()
        ]
        parts += [f"## {heading(metric)}, by genre", markdown_table(["genre", *map(_plain, systems)], lines)]
    return "\n\n".join(parts) + "\n"


def _cell(column: Column, system: str, n_clips: int) -> str:
    text = show_row(column.rows.get(system), n_clips)
    return f"**{text}**" if column.mark(system) == "best" else text


def _of_group(row: Mapping[str, Any] | None) -> str:
    if row is None or math.isnan(row["value"]):
        return ABSENT
    return show_row(SummaryRow("", "", row["value"], row["low"], row["high"], row["n"]), -1)


def _plain(name: str) -> str:
    """Escapes a name for a cell of a Markdown table."""
    for special in "\\|<>*`[]":
        name = name.replace(special, f"&#{ord(special)};")
    return " ".join(name.split())


def describe_systems(systems: Sequence[str], meanings: Mapping[str, str]) -> list[tuple[str, bool, str]]:
    """(name, whether it is a control, description) of each system, in the order of the report."""
    return [(name, is_control(name), meanings.get(name, "")) for name in in_order(systems)]
