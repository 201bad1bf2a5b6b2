"""Caching of functions of a file, as long as the file does not change."""

from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from pathlib import Path
from typing import TypeVar, TypeVarTuple

Result = TypeVar("Result")
Further = TypeVarTuple("Further")
FILES = 32


def cached_while_unchanged(function: Callable[[Path, *Further], Result]) -> Callable[[Path, *Further], Result]:
    """Caches a function of a file and further hashable arguments, keyed by the file's size and modification time.

    Args:
        function: function whose return value is immutable; exceptions are not cached.

    Returns:
        Cached function, which takes positional arguments only.
    """

    @lru_cache(maxsize=FILES)
    def cached(path: Path, state: Hashable, further: tuple[*Further]) -> Result:
        return function(path, *further)

    @wraps(function)
    def wrapper(path: Path, *further: *Further) -> Result:
        try:
            status = path.stat()
        except (OSError, ValueError):
            return function(path, *further)  # raises the appropriate error
        return cached(path, (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns), further)

    return wrapper
