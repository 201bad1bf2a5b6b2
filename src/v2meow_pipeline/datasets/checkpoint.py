"""A checkpoint folder (safetensors + config JSON) as a catalog entry."""

from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset, DatasetError

from v2meow_pipeline.checkpoint import CONFIG_NAME, WEIGHTS_NAME, read_config


class CheckpointDataset(AbstractDataset[Path, Path]):
    """Loads as the path of a complete checkpoint: a handle, never a live module, so that any process can take it.

    Saving accepts only the checkpoint that a node wrote to this very place, and checks that it is whole.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """A checkpoint at `filepath`, relative to the project."""
        self._folder = Path(filepath).absolute()
        self.metadata = metadata

    def load(self) -> Path:
        """The folder's absolute path, once its config can be read.

        Returns:
            The absolute path.
        """
        read_config(self._folder)
        return self._folder

    def save(self, data: Path) -> None:
        """Checks what a node wrote.

        Args:
            data: the checkpoint's folder, which must be this entry's.

        Raises:
            DatasetError: when it is another folder, or not a whole checkpoint.
        """
        if Path(data).absolute() != self._folder:
            raise DatasetError(f"The checkpoint was written to {data}, but the catalog expects {self._folder}.")
        if not self._exists():
            raise DatasetError(f"{self._folder} lacks {WEIGHTS_NAME} or {CONFIG_NAME}.")

    def _exists(self) -> bool:
        return (self._folder / WEIGHTS_NAME).is_file() and (self._folder / CONFIG_NAME).is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._folder)}
