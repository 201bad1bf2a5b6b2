"""Atomic writes: files and folders are written under a temporary name and renamed when complete."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from v2meow_pipeline.errors import V2MeowError

SHOWN = 40
# Host id in names of temporary files, since process ids are only meaningful on one machine.
_HOST = f"{uuid.getnode() % 0x10000:04x}"


@contextmanager
def atomic_path(target: Path, exclusive: bool = False) -> Iterator[Path]:
    """Temporary path that is renamed to `target` if the block succeeds and deleted if it fails.

    Temporary files that killed processes left in the same folder are deleted.

    Args:
        target: file or folder to write; an existing one is replaced, a folder by a folder only.
        exclusive: whether to raise instead of replacing an existing file.

    Yields:
        Temporary path to write to, in the same folder as `target`.

    Raises:
        V2MeowError: when a file was written but `target` is a folder, or when `exclusive` and `target` exists.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with temporary_path(target.parent, target.name) as temporary:
        yield temporary
        if exclusive:
            _rename_if_free(temporary, target)
        else:
            _replace(temporary, target)


@contextmanager
def temporary_path(folder: Path, name: str) -> Iterator[Path]:
    """Unused temporary path in a folder; deleted after the block.

    Args:
        folder: existing folder; temporary files that killed processes left in it are deleted.
        name: prefix of the temporary name, for readability.

    Yields:
        Path at which to write a file or create a folder.
    """
    _remove_unfinished(folder)
    # The name is truncated so that long names do not exceed the limit of the file system.
    temporary = folder / f".{name[:SHOWN]}.{_HOST}-{os.getpid()}-{uuid.uuid4().hex[:8]}.partial"
    try:
        yield temporary
    finally:
        _remove(temporary)


@lru_cache(maxsize=64)
def _remove_unfinished(folder: Path) -> None:
    """Deletes temporary files of dead processes of this machine; once per folder, since listing may be slow."""
    for old in folder.glob(f".*.{_HOST}-*.partial"):
        pid = old.name.rpartition(f".{_HOST}-")[2].partition("-")[0]
        if pid.isdecimal() and not _is_running(int(pid)):
            _remove(old)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _rename_if_free(source: Path, target: Path) -> None:
    """Renames a file to `target` if `target` does not exist."""
    try:
        os.link(source, target)
    except FileExistsError as error:
        raise V2MeowError(f"{target} was created meanwhile.", "Choose another name, or replace it.") from error
    except OSError:  # the file system does not support hard links
        if target.exists():
            raise V2MeowError(f"{target} was created meanwhile.", "Choose another name, or replace it.") from None
        source.replace(target)


def write_text(target: Path, text: str) -> None:
    """Writes `text` to `target` atomically, as UTF-8."""
    with atomic_path(target) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _replace(source: Path, target: Path) -> None:
    """Renames `source` to `target`; an existing folder is renamed first, since rename cannot replace it."""
    if not target.is_dir() or target.is_symlink():
        source.replace(target)
        return
    if not source.is_dir():
        raise V2MeowError(f"{target} is a folder.", "Give the name of a file.")
    with temporary_path(target.parent, target.name) as aside:
        target.replace(aside)
        try:
            source.replace(target)
        except OSError:
            aside.replace(target)
            raise


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
