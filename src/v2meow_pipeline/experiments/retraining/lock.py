"""One retraining at a time."""

from pathlib import Path

from filelock import FileLock, Timeout

from v2meow_pipeline.errors import V2MeowError

LOCK = "running.lock"


def only_one(folder: Path) -> FileLock:
    """Takes the lock of retraining; the system gives it back when the process ends, however it ends.

    Args:
        folder: of retraining.

    Returns:
        The lock, held.

    Raises:
        V2MeowError: when another run holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise V2MeowError(f"A retraining is running already in {folder}.", "Wait for its end, or stop it.") from error
    return lock
