"""Kedro dataset for the models folder, after the checkpoints that a node reads from it."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset, DatasetError

from v2meow_pipeline.model_store import ModelStore


class ModelStoreDataset(AbstractDataset[ModelStore, ModelStore]):
    """Dataset of a node that collects checkpoints; loads as the `ModelStore` of the folder.

    It is on disk, so that a node that reads the models can be run without the node that collects them.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Configures the path of the models folder, relative to the project."""
        self._store = ModelStore(Path(filepath).absolute())
        self.metadata = metadata

    def load(self) -> ModelStore:
        """Returns the models folder, by its absolute path."""
        return self._store

    def save(self, data: ModelStore) -> None:
        """Checks the folder of the collected checkpoints.

        Args:
            data: models folder, which must be the path of this dataset.

        Raises:
            DatasetError: if the path differs.
        """
        if data != self._store:
            raise DatasetError(f"The checkpoints are in {data.root}, but the catalog expects {self._store.root}.")

    def _exists(self) -> bool:
        return self._store.root.is_dir()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._store.root)}
