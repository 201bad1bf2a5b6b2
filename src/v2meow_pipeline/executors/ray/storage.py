"""Where trainings on Ray keep what they resume from."""

from pathlib import Path
from typing import Any, NamedTuple

from v2meow_pipeline.errors import ConfigError

FOLDER = ".ray"


class Storage(NamedTuple):
    """A `root` in a pyarrow filesystem.

    Attributes:
        root: path.
        filesystem: of pyarrow; None is this machine's own.
        beside: whether the root lies in the workspace and holds nothing else.
    """

    root: str
    filesystem: Any
    beside: bool


def storage_of(url: str | None, workspace: Path) -> Storage:
    """The storage that a configuration names.

    Args:
        url: a path, or a URL that fsspec knows; None keeps things in the workspace.
        workspace: of the training.

    Returns:
        The storage.

    Raises:
        ConfigError: when nothing installed knows such URLs.
    """
    if url is None:
        return Storage(str(workspace.absolute() / FOLDER), None, True)
    from fsspec.core import url_to_fs
    from fsspec.implementations.local import LocalFileSystem
    from pyarrow.fs import FSSpecHandler, PyFileSystem

    try:
        # Others write there too: a listing from before is worth nothing.
        filesystem, path = url_to_fs(url, use_listings_cache=False)
    except (ImportError, ValueError) as error:
        raise ConfigError(
            f"ray.storage {url!r} cannot be used: {error}.", "Install the package that it names."
        ) from error
    if isinstance(filesystem, LocalFileSystem):
        return Storage(str(Path(path).absolute()), None, False)
    return Storage(path, PyFileSystem(FSSpecHandler(filesystem)), False)


def remove(storage: Storage, name: str) -> None:
    """Removes what a finished training resumed from.

    Args:
        storage: where it is.
        name: of the training.
    """
    from pyarrow.fs import FileType, LocalFileSystem

    filesystem = storage.filesystem or LocalFileSystem()
    folder = storage.root if storage.beside else f"{storage.root}/{name}"
    if filesystem.get_file_info(folder).type == FileType.Directory:
        filesystem.delete_dir(folder)
