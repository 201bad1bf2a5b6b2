"""How training went, as a table."""

from pathlib import Path

import numpy as np
import pytest

from v2meow_pipeline.checkpoint import save_checkpoint
from v2meow_pipeline.evaluation.curves import curve_table


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
