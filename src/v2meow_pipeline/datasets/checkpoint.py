"""Kedro dataset for checkpoint directories (safetensors and config JSON)."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset, DatasetError

from v2meow_pipeline.checkpoint import CONFIG_NAME, WEIGHTS_NAME, checkpoint_exists, read_config


class CheckpointDataset(AbstractDataset[Path, Path]):
    """Dataset that loads as the path of a complete checkpoint, which can be passed to any process.

    Saving does not write: it checks that the node wrote a complete checkpoint to this path.
    """

    def __init__(self, *, filepath: str, optional: bool = False, metadata: dict[str, Any] | None = None) -> None:
        """Configures the dataset.

        Args:
            filepath: path of the checkpoint directory, relative to the project.
            optional: whether the checkpoint may be missing when a node loads its path; a node that needs it raises.
            metadata: metadata for hooks.
        """
        self._folder, self._optional = Path(filepath).absolute(), optional
        self.metadata = metadata

    def load(self) -> Path:
        """Checks that the config of the checkpoint is readable, unless the checkpoint is optional.

        Returns:
            Absolute path of the checkpoint.
        """
        if not self._optional:
            read_config(self._folder)
        return self._folder

    def save(self, data: Path) -> None:
        """Checks the checkpoint that a node wrote.

        Args:
            data: path of the checkpoint, which must be the path of this dataset.

        Raises:
            DatasetError: if the path differs, or the checkpoint is incomplete.
        """
        if Path(data).absolute() != self._folder:
            raise DatasetError(f"The checkpoint was written to {data}, but the catalog expects {self._folder}.")
        if not self._exists():
            raise DatasetError(f"{self._folder} lacks {WEIGHTS_NAME} or {CONFIG_NAME}.")

    def _exists(self) -> bool:
        return checkpoint_exists(self._folder)

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._folder)}
