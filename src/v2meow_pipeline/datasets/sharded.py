"""A store of shards as a catalog entry."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset, DatasetError

from v2meow_pipeline.corpus.shards import ShardReader


class ShardsDataset(AbstractDataset[Path, ShardReader]):
    """Loads as a `ShardReader`, keyed by clip id; exists only when every shard of it is complete."""

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """A store of shards at `filepath`, relative to the project."""
        self._folder = Path(filepath).absolute()
        self.metadata = metadata

    def load(self) -> ShardReader:
        """A reader of the complete store."""
        return ShardReader(self._folder)

    def save(self, data: Path) -> None:
        """Checks what a node wrote.

        Args:
            data: the store's folder, which must be this entry's.

        Raises:
            DatasetError: when it is another folder, or the store is not complete.
        """
        if Path(data).absolute() != self._folder:
            raise DatasetError(f"The shards were written to {data}, but the catalog expects {self._folder}.")
        if not self._exists():
            raise DatasetError(f"The shards in {self._folder} are not complete.")

    def _exists(self) -> bool:
        return (self._folder / "index.json").is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._folder)}
