"""File lock that prevents concurrent retraining rounds."""

from pathlib import Path

from filelock import FileLock, Timeout

from v2meow_pipeline.errors import V2MeowError

LOCK = "running.lock"


def only_one(folder: Path) -> FileLock:
    """Acquires the retraining lock; the operating system releases it when the process ends.

    Args:
        folder: retraining folder.

    Returns:
        Acquired lock.

    Raises:
        V2MeowError: when another process holds the lock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise V2MeowError(f"A retraining is running already in {folder}.", "Wait until it ends, or stop it.") from error
    return lock
