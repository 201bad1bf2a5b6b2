"""Tables of a study's report, as texts."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from v2meow_pipeline.study.analysis.analyse import QuestionResult
from v2meow_pipeline.study.analysis.win_rates import Range, WinRate


class Table(NamedTuple):
    """A table: title, headings, and rows of cells."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


RATE_COLUMNS = (
    "system",
    "opponent",
    "votes",
    "wins / ties / losses",
    "win rate, ties excluded [Wilson]",
    "[raters and clips resampled]",
    "win rate, ties split [Wilson]",
    "sign test p",
    "both bad",
)


def tables_of(result: QuestionResult) -> list[Table]:
    """Tables of one question.

    Args:
        result: results of the question.

    Returns:
        Win rates of pairs, win rates against all others if there are more than two systems, Bradley-Terry strengths,
        and win rates per genre if genres are known.
    """
    tables = [Table("Win rates", RATE_COLUMNS, _rates(result.pairs))]
    if len(result.overall) > 2:
        tables.append(Table("Win rates against all others", RATE_COLUMNS, _rates(result.overall)))
    strengths: list[tuple[str, ...]] = [
        (s.system, _number(s.strength), _range(s.interval, _number)) for s in result.strengths
    ]
    tables.append(Table("Bradley-Terry strengths", ("system", "log odds", "[95 %]"), strengths))
    genres = [(genre, *cells) for genre, pairs in result.by_genre.items() for cells in _rates(pairs)]
    if genres:
        tables.append(Table("Win rates per genre", ("genre", *RATE_COLUMNS), genres))
    return tables


def _rates(rows: Sequence[WinRate]) -> list[tuple[str, ...]]:
    return [
        (
            row.system,
            row.opponent,
            str(row.votes),
            f"{row.wins} / {row.ties} / {row.losses}",
            f"{_percent(row.rate)} {_range(row.wilson, _percent)}",
            _range(row.resampled, _percent),
            f"{_percent(row.rate_split)} {_range(row.wilson_split, _percent)}",
            "-" if math.isnan(row.p_value) else f"{row.p_value:.3g}",
            _percent(row.both_bad),
        )
        for row in rows
    ]


def _percent(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.1%}"


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"


def _range(interval: Range, show: Callable[[float], str]) -> str:
    return "-" if math.isnan(interval.low) else f"[{show(interval.low)}, {show(interval.high)}]"
