"""A folder that a node may fill: how a resumable node learns where its unfinished work lies."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset, DatasetError


class FolderDataset(AbstractDataset[Path, Path]):
    """Loads as the absolute path of a folder, made if absent; it cannot be saved to.

    A node that resumes after a kill needs to see what it had finished. It takes this as an input, works in the
    folder, and returns the finished artifact for the catalog entry that reads the same folder.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """A folder at `filepath`, relative to the project."""
        self._folder = Path(filepath).absolute()
        self.metadata = metadata

    def load(self) -> Path:
        """The folder's absolute path."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder

    def save(self, data: Path) -> None:
        """Refuses: the artifact is saved under its own name.

        Args:
            data: anything.

        Raises:
            DatasetError: always.
        """
        raise DatasetError(f"{self._folder} is a node's workspace: save the finished artifact instead of {data}.")

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._folder)}
