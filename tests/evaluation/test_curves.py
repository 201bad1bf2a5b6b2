"""How training went, as a table."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from v2meow_pipeline.checkpoint import save_checkpoint
from v2meow_pipeline.evaluation.curves import curve_table, plot_curves


def test_a_row_a_validation(tmp_path: Path) -> None:
    """Catches curves of different steps that slip against each other, and figures that are made up where none is."""
    curves = {
        "train/loss": [(5, 4.0), (10, 2.0), (15, 1.0)],
        "val/loss": [(10, 3.0), (20, 2.5)],
        "val/accuracy": [(20, 0.5)],
    }
    save_checkpoint(tmp_path / "c", {"curves": curves}, {"w": np.zeros(1)})
    table = curve_table(tmp_path / "c")
    assert table["step"].tolist() == [10, 20]
    assert table["train/loss"].tolist() == [3.0, 1.0]
    assert table["val/loss"].tolist() == [3.0, 2.5]
    assert table["val/accuracy"].tolist() == pytest.approx([float("nan"), 0.5], nan_ok=True)


def test_curves_are_plotted_without_global_state(tmp_path: Path) -> None:
    """Catches a figure that stays open, and one that is not drawn."""
    from matplotlib import pyplot

    plot_curves({"coarse": {"train/loss": [(1, 4.0), (2, 3.0)]}, "fine": {"val/loss": [(1, 2.0)]}}, tmp_path / "c.png")
    with Image.open(tmp_path / "c.png") as image:
        assert image.size == (1200, 280) and len(set(image.convert("L").getdata())) > 10
    assert pyplot.get_fignums() == [] and [path.name for path in tmp_path.iterdir()] == ["c.png"]
