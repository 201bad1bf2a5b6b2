"""Pictures of how training went: every checkpoint keeps its curves."""

from collections.abc import Mapping
from pathlib import Path

from v2meow_pipeline.checkpoint import read_config

COLUMNS = 3
Curve = list[tuple[int, float]]


def curves_in(models: Path) -> dict[str, dict[str, Curve]]:
    """Training and validation loss of everything that was trained by steps.

    Args:
        models: the folder of all checkpoints.

    Returns:
        By the checkpoint's folder: "train/loss" and "val/loss", each (step, value).
    """
    found = {}
    for config in sorted(models.glob("*/checkpoint/config.json")):
        curves = read_config(config.parent).get("curves", {})
        found[config.parent.parent.name] = {name: curves[name] for name in ("train/loss", "val/loss") if name in curves}
    return {name: curves for name, curves in found.items() if curves}


def plot_curves(curves: Mapping[str, Mapping[str, Curve]], path: Path) -> None:
    """Draws the curves, a panel a network, as a PNG.

    Args:
        curves: of `curves_in`, at least one.
        path: of the picture.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    rows = -(-len(curves) // COLUMNS)
    figure, axes = plt.subplots(rows, COLUMNS, figsize=(4 * COLUMNS, 2.8 * rows), squeeze=False, layout="constrained")
    for axis in axes.flat[len(curves) :]:
        axis.axis("off")
    for axis, (name, by_figure) in zip(axes.flat, curves.items(), strict=False):
        for figure_name, curve in by_figure.items():
            steps, values = zip(*curve, strict=True)
            axis.plot(steps, values, label=figure_name, linewidth=1)
        axis.set_title(name)
        axis.set_xlabel("step")
        axis.legend(fontsize="small")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100)
    plt.close(figure)
