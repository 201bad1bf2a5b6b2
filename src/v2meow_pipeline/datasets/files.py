"""Kedro dataset for directories of output files, such as videos and images."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset, DatasetError


class FilesDataset(AbstractDataset[Path, Path]):
    """Dataset that loads as the path of a non-empty directory.

    Saving does not write: it checks that the node wrote to this path.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Configures the path of the directory, relative to the project."""
        self._folder = Path(filepath).absolute()
        self.metadata = metadata

    def load(self) -> Path:
        """Checks that the directory is not empty.

        Returns:
            Absolute path of the directory.

        Raises:
            DatasetError: if the directory is missing or empty.
        """
        if not self._exists():
            raise DatasetError(f"{self._folder} is missing or empty. Run the step that writes it.")
        return self._folder

    def save(self, data: Path) -> None:
        """Checks the path that a node wrote to.

        Args:
            data: path of the directory, which must be the path of this dataset.

        Raises:
            DatasetError: if the path differs.
        """
        if Path(data).absolute() != self._folder:
            raise DatasetError(f"The files were written to {data}, but the catalog expects {self._folder}.")

    def _exists(self) -> bool:
        return self._folder.is_dir() and any(self._folder.iterdir())

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._folder)}
