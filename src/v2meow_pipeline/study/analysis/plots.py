"""Plots of a study's results."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.study.analysis.analyse import HEADINGS, QuestionResult
from v2meow_pipeline.study.analysis.win_rates import Range, WinRate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Row = tuple[str, float, Range]
COLOUR, HALF = "#1d4ed8", 0.5


def plot_win_rates(results: Sequence[QuestionResult], path: Path) -> None:
    """Plots the win rate of each two systems without ties, with its resampled interval: one panel per question.

    Args:
        results: results by question.
        path: PNG file.
    """
    _plot([[_row(f"{row.system} > {row.opponent}", row) for row in result.pairs] for result in results], results, path)


def plot_by_genre(results: Sequence[QuestionResult], path: Path) -> None:
    """Plots the win rates per genre: one panel per question.

    Args:
        results: results by question.
        path: PNG file.
    """
    rows = [
        [
            _row(f"{genre}: {row.system} > {row.opponent}", row)
            for genre, pairs in result.by_genre.items()
            for row in pairs
        ]
        for result in results
    ]
    _plot(rows, results, path)


def plot_strengths(results: Sequence[QuestionResult], path: Path) -> None:
    """Plots the Bradley-Terry strengths with intervals from resampled raters and clips: one panel per question.

    Args:
        results: results by question.
        path: PNG file.
    """
    rows = [[(each.system, each.strength, each.interval) for each in result.strengths] for result in results]
    _plot(rows, results, path, "log odds", None)


def _row(label: str, rate: WinRate) -> Row:
    return label, rate.rate, rate.resampled


def _plot(
    panels: Sequence[Sequence[Row]],
    results: Sequence[QuestionResult],
    path: Path,
    label: str = "share of votes without ties",
    limits: tuple[float, float] | None = (0.0, 1.0),
) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    height = 1.4 + 0.4 * max(len(rows) for rows in panels)
    figure = Figure(figsize=(9, height), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, rows, result in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, results, strict=True):
        _draw(axes, rows, HALF if limits else 0.0)
        axes.set_title(HEADINGS[result.question])
        axes.set_xlabel(label)
        if limits:
            axes.set_xlim(*limits)
    with atomic_path(path) as partial:
        figure.savefig(partial, format="png", dpi=110)


def _draw(axes: "Axes", rows: Sequence[Row], reference: float) -> None:
    axes.axvline(reference, color="#9ca3af", linestyle="--", linewidth=1)
    for position, (_, value, interval) in enumerate(rows):
        if math.isfinite(value):
            axes.plot([value], [position], "o", color=COLOUR)
        if math.isfinite(interval.low):
            axes.plot([interval.low, interval.high], [position, position], color=COLOUR)
    axes.set_yticks(range(len(rows)), [name for name, _, _ in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
