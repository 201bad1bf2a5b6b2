"""Figure 3 of the paper: what the semantic stage, and the view of the video in each stage, are worth."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.metrics.keys import heading
from v2meow_pipeline.metrics.result import EvaluationResult

COLUMNS = 4


def draw_figure(result: EvaluationResult, systems: Sequence[str], metrics: Sequence[str], path: Path) -> None:
    """A panel a metric: a bar a system with its interval.

    Args:
        result: of `run_ablation`.
        systems: bars, from left to right.
        metrics: panels.
        path: the PNG to write.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = min(COLUMNS, max(1, len(metrics)))
    lines = -(-len(metrics) // columns) or 1
    figure = Figure(figsize=(3.6 * columns, 3.6 * lines), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes in panels[len(metrics) :]:
        axes.set_axis_off()
    for axes, metric in zip(panels, metrics, strict=False):
        rows = [result.row(system, metric) for system in systems]
        values = np.array([row.value for row in rows])
        reach = np.abs(np.array([[row.value - row.low, row.high - row.value] for row in rows]).T)
        axes.bar(range(len(rows)), values, yerr=np.nan_to_num(reach), capsize=3, color="tab:blue", alpha=0.8)
        axes.set_xticks(range(len(rows)), list(systems), rotation=30, ha="right", fontsize=8)
        axes.set_title(heading(metric).replace("_", " "), fontsize=8)
        axes.grid(axis="y", alpha=0.3)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120)
