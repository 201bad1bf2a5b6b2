"""Kedro dataset for shard stores."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset, DatasetError

from v2meow_pipeline.corpus.shards import ShardReader


class ShardsDataset(AbstractDataset[Path, ShardReader]):
    """Dataset that loads as a `ShardReader`, keyed by clip id; it exists only if the store is complete.

    Saving does not write: it checks that the node wrote a complete store to this path.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Configures the path of the shard store, relative to the project."""
        self._folder = Path(filepath).absolute()
        self.metadata = metadata

    def load(self) -> ShardReader:
        """Opens the store."""
        return ShardReader(self._folder)

    def save(self, data: Path) -> None:
        """Checks the store that a node wrote.

        Args:
            data: path of the store, which must be the path of this dataset.

        Raises:
            DatasetError: if the path differs, or the store is incomplete.
        """
        if Path(data).absolute() != self._folder:
            raise DatasetError(f"The shards were written to {data}, but the catalog expects {self._folder}.")
        if not self._exists():
            raise DatasetError(f"The shards in {self._folder} are not complete.")

    def _exists(self) -> bool:
        return (self._folder / "index.json").is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._folder)}
