"""Where studies are kept: a journal that only grows, and that one driver writes at a time."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from v2meow_pipeline.errors import V2MeowError

if TYPE_CHECKING:
    from optuna.storages import JournalStorage

JOURNAL = "journal.log"
LOCK = "driver.lock"


@contextmanager
def journal(folder: Path) -> Iterator["JournalStorage"]:
    """The storage in `folder`, for this process alone to drive.

    What a driver killed while writing left behind is mended: half a line at the journal's end, which the next write
    would turn into a line that nobody can read, and the journal's own lock.

    Args:
        folder: of one stage's studies.

    Yields:
        Optuna's storage.

    Raises:
        V2MeowError: when another run drives studies there, or the journal is damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder.absolute() / JOURNAL
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise V2MeowError(f"Another run is tuning in {folder}.", "Wait for its end, or stop it.") from error
    try:
        drop_half_line(path)
        require_readable(path)
        path.with_name(f"{JOURNAL}.lock").unlink(missing_ok=True)
        yield open_journal(path)
    finally:
        lock.release()


def open_journal(path: Path) -> "JournalStorage":
    """The storage in a journal, also for the workers of its driver.

    Args:
        path: of the journal, absolute.

    Returns:
        Optuna's storage.
    """
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock

    return JournalStorage(JournalFileBackend(str(path), JournalFileSymlinkLock(str(path))))


def drop_half_line(path: Path) -> None:
    """Cuts off what follows the last line end of a file, if there is one."""
    if not path.is_file():
        return
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        with path.open("r+b") as file:
            file.truncate(whole)


def require_readable(path: Path) -> None:
    """Checks every line of a journal: Optuna's own error names neither file nor line.

    Args:
        path: of the journal; a missing one is not an error.

    Raises:
        V2MeowError: naming the first line that is not an entry.
    """
    if not path.is_file():
        return
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not _is_entry(line):
                raise V2MeowError(
                    f"{path} is damaged in line {number}, and later trials depend on every line before them.",
                    f"Restore a copy of it, or begin the studies in it anew: mv {path} {path}.damaged",
                )


def _is_entry(line: bytes) -> bool:
    try:
        entry = json.loads(line)
    except ValueError:
        return False
    return isinstance(entry, dict) and "op_code" in entry
