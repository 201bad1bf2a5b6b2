"""Kedro dataset for the working directory of a resumable node."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset, DatasetError


class FolderDataset(AbstractDataset[Path, Path]):
    """Dataset that loads as the absolute path of a directory, created if missing; it cannot be saved.

    A resumable node takes it as an input to find its unfinished output, writes to the directory, and returns the path
    as output for the catalog entry that reads the same directory.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Configures the path of the directory, relative to the project."""
        self._folder = Path(filepath).absolute()
        self.metadata = metadata

    def load(self) -> Path:
        """Creates the directory if missing, and returns its absolute path."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder

    def save(self, data: Path) -> None:
        """Raises an error, since the finished artifact has its own catalog entry.

        Args:
            data: ignored, except for the error message.

        Raises:
            DatasetError: always.
        """
        raise DatasetError(f"{self._folder} is a node's workspace: save the finished artifact instead of {data}.")

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._folder)}
