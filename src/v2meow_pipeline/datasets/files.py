"""A folder of files for people (videos, pictures) as a catalog entry."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset, DatasetError


class FilesDataset(AbstractDataset[Path, Path]):
    """Loads as the path of a folder that holds at least one file."""

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """A folder at `filepath`, relative to the project."""
        self._folder = Path(filepath).absolute()
        self.metadata = metadata

    def load(self) -> Path:
        """The folder's absolute path.

        Returns:
            The absolute path.

        Raises:
            DatasetError: when it holds nothing.
        """
        if not self._exists():
            raise DatasetError(f"{self._folder} holds no file.")
        return self._folder

    def save(self, data: Path) -> None:
        """Checks what a node wrote.

        Args:
            data: the folder, which must be this entry's.

        Raises:
            DatasetError: when it is another folder.
        """
        if Path(data).absolute() != self._folder:
            raise DatasetError(f"The files were written to {data}, but the catalog expects {self._folder}.")

    def _exists(self) -> bool:
        return self._folder.is_dir() and any(self._folder.iterdir())

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._folder)}
