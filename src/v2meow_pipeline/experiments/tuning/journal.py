"""Storage of studies: an append-only Optuna journal file, used by one driver process at a time."""

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
    """Opens the storage in `folder` with an exclusive lock.

    Repairs what a driver that was killed while writing left: an incomplete last line, which would corrupt the next
    entry, and a stale lock of the journal.

    Args:
        folder: folder of one stage's studies.

    Yields:
        Optuna storage.

    Raises:
        V2MeowError: when another process has the lock, or the journal is damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder.absolute() / JOURNAL
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise V2MeowError(f"Another run is tuning in {folder}.", "Wait until it ends, or stop it.") from error
    try:
        drop_half_line(path)
        require_readable(path)
        path.with_name(f"{JOURNAL}.lock").unlink(missing_ok=True)
        yield open_journal(path)
    finally:
        lock.release()


def open_journal(path: Path) -> "JournalStorage":
    """Opens a journal without the exclusive lock, for the driver and its workers.

    Args:
        path: absolute path of the journal file.

    Returns:
        Optuna storage.
    """
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock

    return JournalStorage(JournalFileBackend(str(path), JournalFileSymlinkLock(str(path))))


def drop_half_line(path: Path) -> None:
    """Truncates a file after its last complete line."""
    if not path.is_file():
        return
    data = path.read_bytes()
    end = data.rfind(b"\n") + 1
    if end < len(data):
        with path.open("r+b") as file:
            file.truncate(end)


def require_readable(path: Path) -> None:
    """Checks every line of a journal, since Optuna's own error gives neither file nor line.

    Args:
        path: path of the journal file; a missing file is not an error.

    Raises:
        V2MeowError: when a line is not a journal entry; the message gives the first such line.
    """
    if not path.is_file():
        return
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not _is_entry(line):
                raise V2MeowError(
                    f"{path} is damaged in line {number}, so later trials cannot be read.",
                    f"Restore a backup of the file, or start the studies again: mv {path} {path}.damaged",
                )


def _is_entry(line: bytes) -> bool:
    try:
        entry = json.loads(line)
    except ValueError:
        return False
    return isinstance(entry, dict) and "op_code" in entry
