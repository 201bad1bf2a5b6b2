"""CSV tables that may hold texts of strangers."""

import pandas as pd
from kedro_datasets.pandas import CSVDataset

from v2meow_pipeline.metrics.spreadsheet import without_formulas


class SpreadsheetCSVDataset(CSVDataset):
    """As Kedro's CSVDataset, but that no text is a formula when a spreadsheet opens the file."""

    def save(self, data: pd.DataFrame) -> None:
        """Writes the table."""
        super().save(without_formulas(data))
