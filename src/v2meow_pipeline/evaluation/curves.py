"""Plots and tables of the loss curves that are stored in checkpoints."""

import math
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pandas as pd

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.checkpoint import read_config
from v2meow_pipeline.model_store import ModelStore

COLUMNS = 3
Curve = list[tuple[int, float]]


def curves_in(models: Path) -> dict[str, dict[str, Curve]]:
    """Training and validation loss curves of all checkpoints that have them.

    Args:
        models: directory of all checkpoints.

    Returns:
        Name of the model's directory -> "train/loss" and "val/loss" -> list of (step, value).
    """
    found = {}
    for model, checkpoint in ModelStore(models).trained().items():
        curves = read_config(checkpoint).get("curves", {})
        found[model] = {name: curves[name] for name in ("train/loss", "val/loss") if name in curves}
    return {name: curves for name, curves in found.items() if curves}


def plot_curves(curves: Mapping[str, Mapping[str, Curve]], path: Path) -> None:
    """Plots loss curves to a PNG file, one panel per network.

    Args:
        curves: result of `curves_in`, at least one network.
        path: path of the PNG file, written atomically.
    """
    from matplotlib.figure import Figure

    rows = -(-len(curves) // COLUMNS)
    figure = Figure(figsize=(4 * COLUMNS, 2.8 * rows), layout="constrained")
    axes = figure.subplots(rows, COLUMNS, squeeze=False)
    for axis in axes.flat[len(curves) :]:
        axis.axis("off")
    for axis, (name, by_figure) in zip(axes.flat, curves.items(), strict=False):
        for figure_name, curve in by_figure.items():
            steps, values = zip(*curve, strict=True)
            axis.plot(steps, values, label=figure_name, linewidth=1)
        axis.set_title(name)
        axis.set_xlabel("step")
        axis.legend(fontsize="small")
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=100)


def curve_table(checkpoint: Path) -> pd.DataFrame:
    """Loss curves of a checkpoint: one row per validation step.

    Args:
        checkpoint: directory of the checkpoint.

    Returns:
        Columns `step`, each validation metric, and `train/loss`, the mean training loss since the previous row; NaN for
        missing values.
    """
    curves: dict[str, Curve] = read_config(checkpoint)["curves"]
    validated = {name: dict(curve) for name, curve in curves.items() if not name.startswith("train/")}
    steps = sorted({step for curve in validated.values() for step in curve})
    table = pd.DataFrame({"step": steps, "train/loss": _mean_between(curves.get("train/loss", []), steps)})
    return table.assign(**{name: table["step"].map(curve) for name, curve in sorted(validated.items())})


def _mean_between(curve: Curve, steps: list[int]) -> list[float]:
    taken = [[value for step, value in curve if low < step <= high] for low, high in pairwise([-1, *steps])]
    return [sum(values) / len(values) if values else math.nan for values in taken]
