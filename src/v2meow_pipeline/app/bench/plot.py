"""Plot of the ratios of `v2meow bench`."""

from pathlib import Path
from typing import NamedTuple

from v2meow_pipeline.app.bench.results import Results
from v2meow_pipeline.app.bench.timing import Ratio
from v2meow_pipeline.atomic import atomic_path

DECODING_TARGET, TRAINING_TARGET = 4.0, 1.5
INCHES_PER_ROW = 0.32


class Bar(NamedTuple):
    """A row of the plot: label, ratio, and its target."""

    label: str
    ratio: Ratio
    target: float


def bars(results: Results) -> list[Bar]:
    """Rows of the plot: every ratio of wall-clock times.

    Args:
        results: results of the benchmarks.

    Returns:
        Rows from top to bottom.
    """
    decoding = [
        Bar(f"decoding, {row.source} {row.stage}, batch {row.batch}: T5", row.ratio, DECODING_TARGET)
        for row in results.decoding
    ]
    training = [Bar(f"training, {row.source} {row.stage}: T5", row.ratio, TRAINING_TARGET) for row in results.training]
    others = [Bar(f"{row.work.name}: {row.work.other}", row.ratio, row.work.target) for row in results.comparisons]
    return [*decoding, *training, *others]


def plot(results: Results, path: Path) -> None:
    """Writes a PNG file: ratio, its range over the repetitions, and its target, on a logarithmic axis.

    Args:
        results: results with at least one ratio.
        path: path of the file.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = bars(results)
    figure = Figure(figsize=(9, 1.2 + INCHES_PER_ROW * len(rows)), layout="constrained")
    axes = figure.subplots()
    y, medians = list(range(len(rows))), [row.ratio.median for row in rows]
    spread = [
        [row.ratio.median - row.ratio.least for row in rows],
        [row.ratio.most - row.ratio.median for row in rows],
    ]
    axes.errorbar(medians, y, xerr=spread, fmt="o", capsize=3, label="median and range")
    axes.plot([row.target for row in rows], y, "|", color="black", markersize=14, label="target")
    axes.axvline(1, color="grey", linewidth=0.8)
    axes.set(xscale="log", xlabel="time of the alternative / time of v2meow")
    axes.set_yticks(y, [row.label for row in rows])
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter("{x:g}")
    axes.invert_yaxis()
    axes.legend()
    with atomic_path(path) as partial:
        FigureCanvasAgg(figure).print_png(partial)
