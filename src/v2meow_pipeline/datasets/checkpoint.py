"""Kedro dataset for checkpoint directories (safetensors and config JSON)."""

from pathlib import Path
from typing import Any

from v2meow_pipeline.checkpoint import CONFIG_NAME, WEIGHTS_NAME, checkpoint_exists, read_config
from v2meow_pipeline.datasets.node_output import NodeOutputDataset


class CheckpointDataset(NodeOutputDataset[Path]):
    """Dataset that loads as the path of a complete checkpoint, which can be passed to any process."""

    complete = f"{WEIGHTS_NAME} or {CONFIG_NAME}"

    def __init__(self, *, filepath: str, optional: bool = False, metadata: dict[str, Any] | None = None) -> None:
        """Configures the dataset.

        Args:
            filepath: path of the checkpoint directory, relative to the project.
            optional: whether the checkpoint may be missing when a node loads its path; a node that needs it raises.
            metadata: metadata for hooks.
        """
        super().__init__(filepath=filepath, metadata=metadata)
        self._optional = optional

    def load(self) -> Path:
        """Checks that the config of the checkpoint is readable, unless the checkpoint is optional.

        Returns:
            Absolute path of the checkpoint.
        """
        if not self._optional:
            read_config(self._folder)
        return self._folder

    def _exists(self) -> bool:
        return checkpoint_exists(self._folder)
