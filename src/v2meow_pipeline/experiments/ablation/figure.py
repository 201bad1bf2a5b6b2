"""Figure 3 of the paper: effect of the semantic stage, and of visual conditioning in each stage."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.metrics.keys import heading
from v2meow_pipeline.metrics.result import EvaluationResult

COLUMNS = 4


def draw_figure(result: EvaluationResult, systems: Sequence[str], metrics: Sequence[str], path: Path) -> None:
    """Draws bar charts with confidence intervals, one panel per metric and one bar per system.

    Args:
        result: evaluation result of `run_ablation`.
        systems: systems, in the order of the bars from left to right.
        metrics: metric keys, in the order of the panels.
        path: path of the PNG file to write.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = min(COLUMNS, max(1, len(metrics)))
    n_rows = -(-len(metrics) // columns) or 1
    figure = Figure(figsize=(3.6 * columns, 3.6 * n_rows), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(n_rows, columns, squeeze=False).ravel()
    for axes in panels[len(metrics) :]:
        axes.set_axis_off()
    for axes, metric in zip(panels, metrics, strict=False):
        rows = [result.row(system, metric) for system in systems]
        values = np.array([row.value for row in rows])
        errors = np.abs(np.array([[row.value - row.low, row.high - row.value] for row in rows]).T)
        axes.bar(range(len(rows)), values, yerr=np.nan_to_num(errors), capsize=3, color="tab:blue", alpha=0.8)
        axes.set_xticks(range(len(rows)), list(systems), rotation=30, ha="right", fontsize=8)
        axes.set_title(heading(metric).replace("_", " "), fontsize=8)
        axes.grid(axis="y", alpha=0.3)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120)
