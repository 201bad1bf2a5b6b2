"""Tables that people open in a spreadsheet."""

from pathlib import Path

import numpy as np
import pandas as pd

from v2meow_pipeline.datasets.spreadsheet import SpreadsheetCSVDataset
from v2meow_pipeline.metrics.spreadsheet import without_formulas


def test_texts_of_strangers_are_no_formulas(tmp_path: Path) -> None:
    """Catches a genre that a spreadsheet computes, and numbers below zero that become texts."""
    table = pd.DataFrame({"genre": ["=1+1", "jazz", "@SUM(A1)", None], "value": [-1.5, 2.0, np.nan, 0.0]})
    safe = without_formulas(table)
    assert safe["genre"].fillna("").tolist() == ["'=1+1", "jazz", "'@SUM(A1)", ""] and table["genre"][0] == "=1+1"
    assert safe["value"].equals(table["value"])
    SpreadsheetCSVDataset(filepath=str(tmp_path / "t.csv")).save(table)
    assert "'=1+1" in (tmp_path / "t.csv").read_text()
