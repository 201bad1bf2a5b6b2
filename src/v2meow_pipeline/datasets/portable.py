"""Tables that name files, relative to the project on disk: they mean the same wherever it is cloned or pulled."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from kedro_datasets.json import JSONDataset
from kedro_datasets.pandas import ParquetDataset

from v2meow_pipeline.corpus.sources.synthetic.streamed import is_streamed

PATH_COLUMNS = ("path", "annotation_path")


def stored(path: str | None, project: Path) -> str | None:
    """A path as it is written down: relative to the project if it lies inside, else as it is; None stays None."""
    if path is None or not Path(path).is_relative_to(project):
        return path
    return Path(path).relative_to(project).as_posix()


def loaded(path: str | None, project: Path) -> str | None:
    """The reverse of `stored`: absolute, but for addresses of clips without files; workers may run elsewhere."""
    return path if path is None or is_streamed(path) else str(project / path)


class PortableParquetDataset(ParquetDataset):
    """A Parquet table whose columns `path` and `annotation_path` are absolute in memory and relative on disk."""

    def __init__(self, **options: Any) -> None:
        """As Kedro's ParquetDataset; the project is the working directory, as for all relative file paths."""
        super().__init__(**options)
        self._project = Path.cwd()

    def load(self) -> pd.DataFrame:
        """The table, with absolute paths."""
        return self._map(super().load(), loaded)

    def save(self, data: pd.DataFrame) -> None:
        """Writes the table, with paths inside the project relative to it."""
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
    """A JSON list of objects whose keys `path` and `annotation_path` are absolute in memory and relative on disk."""

    def __init__(self, **options: Any) -> None:
        """As Kedro's JSONDataset; the project is the working directory, as for all relative file paths."""
        super().__init__(**options)
        self._project = Path.cwd()

    def load(self) -> list[dict[str, Any]]:
        """The list, with absolute paths."""
        return self._map(super().load(), loaded)

    def save(self, data: list[dict[str, Any]]) -> None:
        """Writes the list, with paths inside the project relative to it."""
        super().save(self._map(data, stored))

    def _map(
        self, rows: list[dict[str, Any]], change: Callable[[str | None, Path], str | None]
    ) -> list[dict[str, Any]]:
        return [
            {key: change(value, self._project) if key in PATH_COLUMNS else value for key, value in row.items()}
            for row in rows
        ]
