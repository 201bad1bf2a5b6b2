"""Kedro dataset for directories of output files, such as videos and images."""

from pathlib import Path

from kedro.io import DatasetError

from v2meow_pipeline.datasets.node_output import NodeOutputDataset


class FilesDataset(NodeOutputDataset[Path]):
    """Dataset that loads as the path of a non-empty directory."""

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

    def _exists(self) -> bool:
        return self._folder.is_dir() and any(self._folder.iterdir())
