"""Base class of Kedro datasets for folders that nodes write themselves."""

from abc import abstractmethod
from pathlib import Path
from typing import Any, TypeVar

from kedro.io import AbstractDataset, DatasetError

Loaded = TypeVar("Loaded")


class NodeOutputDataset(AbstractDataset[Path, Loaded]):
    """Dataset of a folder; saving does not write, but checks that the node wrote its output to this path."""

    # What a complete output has, for the message if it is incomplete; None if an empty folder may be saved.
    complete: str | None = None

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Configures the path of the folder, relative to the project."""
        self._folder = Path(filepath).absolute()
        self.metadata = metadata

    def save(self, data: Path) -> None:
        """Checks what a node wrote.

        Args:
            data: path of the folder, which must be the path of this dataset.

        Raises:
            DatasetError: if the path differs, or the output is incomplete.
        """
        if Path(data).absolute() != self._folder:
            raise DatasetError(f"The output was written to {data}, but the catalog expects {self._folder}.")
        if self.complete is not None and not self._exists():
            raise DatasetError(f"{self._folder} lacks {self.complete}.")

    @abstractmethod
    def _exists(self) -> bool: ...

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._folder)}
