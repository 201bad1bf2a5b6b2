"""Storage of the resume checkpoints of Ray trainings."""

from pathlib import Path
from typing import Any, NamedTuple

from v2meow_pipeline.errors import ConfigError

FOLDER = ".ray"


class Storage(NamedTuple):
    """Root folder of resume checkpoints in a pyarrow filesystem.

    Attributes:
        root: path in the filesystem.
        filesystem: pyarrow filesystem; None is the local one.
        beside: whether the root is a folder of the workspace that contains nothing else.
    """

    root: str
    filesystem: Any
    beside: bool


def storage_of(url: str | None, workspace: Path) -> Storage:
    """Resolves the configured storage.

    Args:
        url: path or fsspec URL; None uses a folder in the workspace.
        workspace: workspace folder of the training.

    Returns:
        Storage of the training's resume checkpoints.

    Raises:
        ConfigError: when no installed package supports the URL.
    """
    if url is None:
        return Storage(str(workspace.absolute() / FOLDER), None, True)
    from fsspec.core import url_to_fs
    from fsspec.implementations.local import LocalFileSystem
    from pyarrow.fs import FSSpecHandler, PyFileSystem

    try:
        # Workers write there too, so cached directory listings would be stale.
        filesystem, path = url_to_fs(url, use_listings_cache=False)
    except (ImportError, ValueError) as error:
        raise ConfigError(
            f"ray.storage {url!r} cannot be used: {error}.",
            "Install the package named in the message, or use another ray.storage.",
        ) from error
    if isinstance(filesystem, LocalFileSystem):
        return Storage(str(Path(path).absolute()), None, False)
    return Storage(path, PyFileSystem(FSSpecHandler(filesystem)), False)


def remove(storage: Storage, name: str) -> None:
    """Deletes the resume checkpoints of a finished training.

    Args:
        storage: storage of the checkpoints.
        name: name of the training.
    """
    from pyarrow.fs import FileType, LocalFileSystem

    filesystem = storage.filesystem or LocalFileSystem()
    folder = storage.root if storage.beside else f"{storage.root}/{name}"
    if filesystem.get_file_info(folder).type == FileType.Directory:
        filesystem.delete_dir(folder)
