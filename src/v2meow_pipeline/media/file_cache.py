"""Results of functions of a file, cached as long as the file does not change."""

from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from pathlib import Path
from typing import TypeVar, TypeVarTuple

Found = TypeVar("Found")
Further = TypeVarTuple("Further")
FILES = 32


def cached_while_unchanged(function: Callable[[Path, *Further], Found]) -> Callable[[Path, *Further], Found]:
    """Caches a function of a file and of further hashable arguments, by the file's size and time of change.

    Args:
        function: what it returns must be immutable; errors are not cached.

    Returns:
        The cached function, which takes its arguments by position.
    """

    @lru_cache(maxsize=FILES)
    def cached(path: Path, state: Hashable, further: tuple[*Further]) -> Found:
        return function(path, *further)

    @wraps(function)
    def wrapper(path: Path, *further: *Further) -> Found:
        try:
            status = path.stat()
        except (OSError, ValueError):
            return function(path, *further)  # it says what is wrong
        return cached(path, (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns), further)

    return wrapper
