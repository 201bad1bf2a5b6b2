"""What was found out about a file, remembered as long as the file does not change."""

from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from pathlib import Path
from typing import TypeVar, TypeVarTuple

Found = TypeVar("Found")
Further = TypeVarTuple("Further")
FILES = 32


def remembered(look: Callable[[Path, *Further], Found]) -> Callable[[Path, *Further], Found]:
    """A function of a file, and of further hashable values, that looks once at a file that stays as it is.

    Args:
        look: the function; what it returns must not be changed by anyone. Errors are not remembered.

    Returns:
        The function, which takes its arguments by position.
    """

    @lru_cache(maxsize=FILES)
    def looked(path: Path, state: Hashable, further: tuple[*Further]) -> Found:
        return look(path, *further)

    @wraps(look)
    def asked(path: Path, *further: *Further) -> Found:
        try:
            status = path.stat()
        except (OSError, ValueError):
            return look(path, *further)  # it says what is wrong
        return looked(path, (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns), further)

    return asked
