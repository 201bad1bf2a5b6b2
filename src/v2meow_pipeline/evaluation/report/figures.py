"""Figures of the report: saturation of the beat scores, reliability of the metrics, and scores by group of clips."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.evaluation.report.families import CONTROL_SYSTEMS, in_order, is_control
from v2meow_pipeline.evaluation.report.separation import OPPONENTS, Reliability
from v2meow_pipeline.metrics.beats import FORMS
from v2meow_pipeline.metrics.controls import CLICK_TRACK, GROUND_TRUTH, RANDOM_SHUFFLE, SILENCE
from v2meow_pipeline.metrics.keys import heading
from v2meow_pipeline.metrics.result import EvaluationResult, SummaryRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GroupRow = Mapping[str, str | float | int]
MODEL_COLOURS = ("#2563eb", "#db2777", "#0891b2", "#7c3aed", "#65a30d", "#ea580c")
CONTROL_COLOURS = {GROUND_TRUTH: "#111827", RANDOM_SHUFFLE: "#9ca3af", CLICK_TRACK: "#d97706", SILENCE: "#d1d5db"}
OTHER_CONTROL = "#78716c"
AGAINST = dict(zip(OPPONENTS, ("#2563eb", "#d97706"), strict=True))
SHOWN_EFFECT = 3.0
DPI = 130


def colour_of(system: str, systems: Sequence[str]) -> str:
    """Colour of a system, the same in all figures."""
    if is_control(system):
        return CONTROL_COLOURS.get(system, OTHER_CONTROL)
    return MODEL_COLOURS[[name for name in systems if not is_control(name)].index(system) % len(MODEL_COLOURS)]


def draw_saturation(result: EvaluationResult, path: Path) -> None:
    """Plots both forms of the beat scores of all systems, which differ little between ground truth and metronome.

    Args:
        result: result of an evaluation.
        path: path of the PNG file.
    """
    rows = {(row.system, row.metric): row for row in result.summary}
    systems = [name for name in in_order(result.systems()) if (name, f"beat_hit_{FORMS[0].name}") in rows]
    figure = _figure(11, 1.3 + 0.32 * len(FORMS) * len(systems))
    axes = figure.subplots(len(FORMS), 3, sharey=True, sharex=False, squeeze=False)
    for form, line in zip(FORMS, axes, strict=True):
        for score, axis in zip(("coverage", "hit", "f1"), line, strict=True):
            _dots(axis, [rows[name, f"beat_{score}_{form.name}"] for name in systems], systems)
            axis.set_title(f"beat {score}, {form.name} form, %", fontsize=9)
            axis.set_xlim(-4, max(104.0, axis.get_xlim()[1]))
    _save(figure, path)


def draw_reliability(found: Sequence[Reliability], path: Path) -> None:
    """Plots the lead of the ground truth over random shuffle and silence by each per-clip metric.

    The unit is the standard deviation of the paired differences.

    Args:
        found: reliability of all metrics.
        path: path of the PNG file.
    """
    shown = [one for one in found if any(against.paired for against in one.against.values())]
    figure = _figure(8, 1.4 + 0.21 * max(1, len(shown)))
    axis = figure.add_subplot()
    axis.axvline(0, color="#9ca3af", linewidth=0.8)
    for index, one in enumerate(shown):
        for shift, (control, against) in enumerate(one.against.items()):
            if against.paired and not np.isnan(against.effect):
                _effect(axis, index + 0.25 * (shift - 0.5), against.gap, against.effect, AGAINST[control])
    for control, colour in AGAINST.items():
        axis.plot([], [], "o", color=colour, label=f"ground truth against {control.replace('_', ' ')}")
    axis.set_yticks(range(len(shown)), [one.metric for one in shown], fontsize=7)
    axis.set_ylim(len(shown) - 0.5, -0.5)
    axis.set_xlim(-SHOWN_EFFECT, SHOWN_EFFECT)
    axis.set_xlabel(
        f"lead in standard deviations of the paired differences, clipped at ±{SHOWN_EFFECT:g}; hollow: not separated"
    )
    axis.xaxis.label.set_fontsize(7)
    axis.grid(axis="x", alpha=0.25)
    axis.legend(
        fontsize=8, loc="upper center", bbox_to_anchor=(0.4, 1 + 2.2 / max(4, len(shown))), ncols=2, frameon=False
    )
    _save(figure, path)


def draw_groups(rows: Sequence[GroupRow], by: str, metrics: Sequence[str], path: Path) -> None:
    """Plots metrics by group of clips: one panel per metric, one line per group, one point per system.

    Args:
        rows: rows of `metrics.by_group.summarise_by_group` or `metrics.table.by_split`.
        by: key of the group in the rows, "genre" or "split".
        metrics: keys of the metrics, one panel each.
        path: path of the PNG file.
    """
    groups = sorted({str(row[by]) for row in rows})
    systems = [name for name in in_order(dict.fromkeys(str(row["system"]) for row in rows)) if _is_drawn(name)]
    figure = _figure(1.5 + 3.1 * len(metrics), 1.5 + 0.34 * len(groups))
    axes = figure.subplots(1, len(metrics), sharey=True, squeeze=False)[0]
    for axis, metric in zip(axes, metrics, strict=True):
        for row in rows:
            if row["metric"] == metric and row["system"] in systems:
                shift = 0.13 * (systems.index(str(row["system"])) - (len(systems) - 1) / 2)
                y = groups.index(str(row[by])) + shift
                _dot(axis, y, _numbers(row), colour_of(str(row["system"]), systems), small=True)
        axis.set_title(heading(metric).replace("_", " "), fontsize=8)
        axis.grid(axis="x", alpha=0.25)
    axes[0].set_yticks(range(len(groups)), [_plain(group) for group in groups])
    axes[0].set_ylim(len(groups) - 0.5, -0.5)
    for name in systems:
        axes[0].plot([], [], "o", markersize=4, color=colour_of(name, systems), label=_plain(name))
    figure.legend(loc="outside lower center", ncols=min(6, len(systems)), fontsize=8, frameon=False)
    _save(figure, path)


def _is_drawn(system: str) -> bool:
    """Whether a system is drawn: all evaluated systems, and the two most informative controls."""
    return system not in CONTROL_SYSTEMS or system in (GROUND_TRUTH, RANDOM_SHUFFLE)


def _dots(axis: "Axes", rows: Sequence[SummaryRow], systems: Sequence[str]) -> None:
    for y, row in enumerate(rows):
        _dot(axis, y, (row.value, row.low, row.high), colour_of(row.system, systems))
    axis.set_yticks(range(len(rows)), [_plain(row.system) for row in rows], fontsize=8)
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.grid(axis="x", alpha=0.25)


def _dot(axis: "Axes", y: float, numbers: tuple[float, float, float], colour: str, small: bool = False) -> None:
    value, low, high = numbers
    if np.isfinite(low) and np.isfinite(high):
        width = 1.2 if small else 3
        axis.plot([low, high], [y, y], color=colour, linewidth=width, alpha=0.45, solid_capstyle="butt")
    if np.isfinite(value):
        axis.plot(value, y, "o", color=colour, markersize=3 if small else 5)


def _effect(axis: "Axes", y: float, gap: tuple[float, float, float, int], effect: float, colour: str) -> None:
    scale = effect / gap[0] if gap[0] and np.isfinite(effect) else 0.0
    ends = np.clip([gap[1] * scale, gap[2] * scale], -SHOWN_EFFECT, SHOWN_EFFECT)
    axis.plot(ends, [y, y], color=colour, linewidth=1.4, alpha=0.5)
    face = "white" if gap[1] <= 0 <= gap[2] else colour
    middle = float(np.clip(effect, -0.98 * SHOWN_EFFECT, 0.98 * SHOWN_EFFECT))
    axis.plot(middle, y, "o", markersize=4, color=colour, markerfacecolor=face)


def _numbers(row: GroupRow) -> tuple[float, float, float]:
    return float(row["value"]), float(row["low"]), float(row["high"])


def _plain(name: str) -> str:
    """Label for matplotlib: underscores become spaces, and dollar signs are escaped since they start a formula."""
    return name.replace("_", " ").replace("$", r"\$")


def _figure(width: float, height: float) -> "Figure":
    """New figure without pyplot, which has global state and keeps figures open."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _save(figure: "Figure", path: Path) -> None:
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=DPI)
