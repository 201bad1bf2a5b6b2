"""Kedro dataset for CSV tables with untrusted text."""

import pandas as pd
from kedro_datasets.pandas import CSVDataset

from v2meow_pipeline.metrics.spreadsheet import without_formulas


class SpreadsheetCSVDataset(CSVDataset):
    """CSVDataset that escapes text which a spreadsheet would interpret as a formula."""

    def save(self, data: pd.DataFrame) -> None:
        """Saves the table with formulas escaped."""
        super().save(without_formulas(data))
