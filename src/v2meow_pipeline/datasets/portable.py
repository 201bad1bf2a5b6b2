"""Kedro datasets for tables with file paths, stored relative to the project so that they are valid in any clone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from kedro_datasets.json import JSONDataset
from kedro_datasets.pandas import ParquetDataset

from v2meow_pipeline.synthetic.streamed import is_streamed

PATH_COLUMNS = ("path", "annotation_path")


def stored(path: str | None, project: Path) -> str | None:
    """Converts a path for storage: relative to the project if it is inside the project, else unchanged."""
    if path is None or not Path(path).is_relative_to(project):
        return path
    return Path(path).relative_to(project).as_posix()


def loaded(path: str | None, project: Path) -> str | None:
    """Inverse of `stored`: an absolute path, since workers may have another working directory.

    Addresses of streamed clips and None are unchanged.
    """
    return path if path is None or is_streamed(path) else str(project / path)


class PortableParquetDataset(ParquetDataset):
    """Parquet table whose columns `path` and `annotation_path` are absolute in memory and relative on disk."""

    def __init__(self, **options: Any) -> None:
        """Same options as Kedro's ParquetDataset; the working directory is taken as the project directory."""
        super().__init__(**options)
        self._project = Path.cwd()

    def load(self) -> pd.DataFrame:
        """Loads the table with absolute paths."""
        return self._map(super().load(), loaded)

    def save(self, data: pd.DataFrame) -> None:
        """Saves the table; paths inside the project are stored relative to it."""
        super().save(self._map(data, stored))

    def _map(self, table: pd.DataFrame, change: Callable[[str | None, Path], str | None]) -> pd.DataFrame:
        changed = {
            name: table[name]
            .map(lambda path: change(path, self._project), na_action="ignore")
            .astype(table[name].dtype)
            for name in PATH_COLUMNS
            if name in table
        }
        return table.assign(**changed)


class PortableJSONDataset(JSONDataset):
    """JSON list of objects whose keys `path` and `annotation_path` are absolute in memory and relative on disk."""

    def __init__(self, **options: Any) -> None:
        """Same options as Kedro's JSONDataset; the working directory is taken as the project directory."""
        super().__init__(**options)
        self._project = Path.cwd()

    def load(self) -> list[dict[str, Any]]:
        """Loads the list with absolute paths."""
        return self._map(super().load(), loaded)

    def save(self, data: list[dict[str, Any]]) -> None:
        """Saves the list; paths inside the project are stored relative to it."""
        super().save(self._map(data, stored))

    def _map(
        self, rows: list[dict[str, Any]], change: Callable[[str | None, Path], str | None]
    ) -> list[dict[str, Any]]:
        return [
            {key: change(value, self._project) if key in PATH_COLUMNS else value for key, value in row.items()}
            for row in rows
        ]
