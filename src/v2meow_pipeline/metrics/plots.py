"""Plots of metrics: one figure per metric, with systems as rows, values on the x-axis and intervals as bars."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.metrics.controls import GROUND_TRUTH
from v2meow_pipeline.metrics.keys import describe, heading
from v2meow_pipeline.metrics.result import EvaluationResult, SummaryRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# The FAD of silence can be a hundred times that of any music: above this ratio the axis is logarithmic.
WIDE_RATIO = 30.0
PANELS_A_LINE = 3


def plot_metrics(result: EvaluationResult, metrics: Sequence[str], folder: Path) -> list[Path]:
    """Writes one plot per metric of an evaluation.

    Args:
        result: result of `evaluate`.
        metrics: keys of the metrics; those that were not computed are left out.
        folder: output directory; created if needed.

    Returns:
        Paths of the files `<metric>.png`.
    """
    paths = []
    for metric in [metric for metric in metrics if metric in result.metrics()]:
        paths.append(folder / f"{metric}.png")
        plot_metric(result, metric, paths[-1])
    return paths


def plot_metric(result: EvaluationResult, metric: str, path: Path) -> None:
    """Plots one metric: a point and an interval for each system, and a line at the ground truth's value.

    Args:
        result: result of `evaluate`.
        metric: key of the metric.
        path: path of the PNG file.

    Raises:
        KeyError: if the metric was not computed.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = _rows_of(result, metric)
    # pyplot is avoided because of its global state: this works in any thread and leaves no figure open.
    figure = Figure(figsize=(7, 1.2 + 0.4 * len(rows)), layout="constrained")
    FigureCanvasAgg(figure)
    _draw_panel(figure.add_subplot(), rows)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120)


def plot_panels(result: EvaluationResult, metrics: Sequence[str], path: Path) -> None:
    """Plots several metrics as panels of one figure, each as in `plot_metric`.

    Args:
        result: result of `evaluate`.
        metrics: keys of the metrics, at least one.
        path: path of the PNG file.

    Raises:
        KeyError: if a metric was not computed.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = [_rows_of(result, metric) for metric in metrics]
    lines = -(-len(metrics) // PANELS_A_LINE)
    height = 1.2 + 0.3 * max(map(len, rows))
    figure = Figure(figsize=(6 * PANELS_A_LINE, height * lines), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(lines, PANELS_A_LINE, squeeze=False).ravel()
    for axes, of_metric in zip(panels, rows, strict=False):
        _draw_panel(axes, of_metric)
    for axes in panels[len(metrics) :]:
        axes.set_axis_off()
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120)


def _rows_of(result: EvaluationResult, metric: str) -> list[SummaryRow]:
    rows = [row for row in result.summary if row.metric == metric]
    if not rows:
        raise KeyError(f"metric {metric} was not computed")
    return rows


def _draw_panel(axes: "Axes", rows: list[SummaryRow]) -> None:
    metric = rows[0].metric
    for index, row in enumerate(rows):
        _draw(axes, index, row)
    axes.set_yticks(range(len(rows)), [f"{row.system} (n={row.n})" for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel(heading(metric).replace("≈", "(ground truth is the aim)"))
    axes.set_title(describe(metric).meaning, fontsize=9)
    axes.grid(axis="x", alpha=0.3)
    _scale(axes, rows)


def _draw(axes: "Axes", y: int, row: SummaryRow) -> None:
    """Draws a point with its interval, or the text "no value"."""
    if not np.isfinite(row.value):
        axes.text(0.02, y, "no value", transform=axes.get_yaxis_transform(), va="center", color="grey")
        return
    colour = "black" if row.system.startswith(GROUND_TRUTH) else "tab:blue"
    if np.isfinite(row.low) and np.isfinite(row.high):
        axes.plot([row.low, row.high], [y, y], color=colour, linewidth=2, solid_capstyle="butt", alpha=0.6)
    axes.plot(row.value, y, "o", color=colour)
    if row.system == GROUND_TRUTH:
        axes.axvline(row.value, color="black", linewidth=0.8, linestyle=":")


def _scale(axes: "Axes", rows: list[SummaryRow]) -> None:
    """Sets a symmetric logarithmic axis for Frechet distances of very different magnitude."""
    positive = [row.value for row in rows if np.isfinite(row.value) and row.value > 1e-6]
    wide = rows[0].metric.startswith("fad_") and positive and max(positive) > WIDE_RATIO * min(positive)
    if wide:
        axes.set_xscale("symlog", linthresh=min(positive))
        axes.set_xlim(-0.3 * min(positive), 2 * max(positive))
