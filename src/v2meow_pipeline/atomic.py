"""Files and folders that are whole or absent: written under another name, and renamed when they are finished."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from v2meow_pipeline.errors import V2MeowError

SHOWN = 40
# Of this machine, in names of unfinished files: process numbers mean nothing elsewhere.
_HOST = f"{uuid.getnode() % 0x10000:04x}"


@contextmanager
def atomic_path(target: Path, exclusive: bool = False) -> Iterator[Path]:
    """A temporary name beside `target` that becomes `target` if the block succeeds and vanishes if it fails.

    What a killed process left under such a name is removed.

    Args:
        target: the file or folder to make; an existing one is replaced, a folder by a folder only.
        exclusive: whether a file that is there by the end of the block stays, whoever made it.

    Yields:
        Where to write.

    Raises:
        V2MeowError: when a file was written, and `target` is a folder; or when `exclusive`, and `target` exists.
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
    """A name in a folder that nothing has, and that nothing has after the block either.

    Args:
        folder: exists; what a killed process left there under such a name is removed.
        name: what the temporary name begins with, for people who see it.

    Yields:
        Where to write a file or to make a folder.
    """
    _remove_unfinished(folder)
    # Part of the name is enough: with all of it, a long one would become too long for the file system.
    temporary = folder / f".{name[:SHOWN]}.{_HOST}-{os.getpid()}-{uuid.uuid4().hex[:8]}.partial"
    try:
        yield temporary
    finally:
        _remove(temporary)


@lru_cache(maxsize=64)
def _remove_unfinished(folder: Path) -> None:
    """Removes what dead processes of this machine left unfinished; once a folder, which may hold many files."""
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
    """Gives a file its name if nobody else has taken it."""
    try:
        os.link(source, target)
    except FileExistsError as error:
        raise V2MeowError(f"{target} was made meanwhile.", "Choose another name, or replace it.") from error
    except OSError:  # a file system without links
        if target.exists():
            raise V2MeowError(f"{target} was made meanwhile.", "Choose another name, or replace it.") from None
        source.replace(target)


def write_text(target: Path, text: str) -> None:
    """Writes `text` to `target` atomically, as UTF-8."""
    with atomic_path(target) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _replace(source: Path, target: Path) -> None:
    """Renames `source` to `target`; a folder in the way steps aside first, since rename cannot replace one."""
    if target.is_dir() and not target.is_symlink():
        if not source.is_dir():
            raise V2MeowError(f"{target} is a folder.", "Give the name of a file.")
        aside = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.old")
        target.replace(aside)
        source.replace(target)
        shutil.rmtree(aside)
    else:
        source.replace(target)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
