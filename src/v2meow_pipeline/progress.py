"""Progress of long work: a bar on a terminal; in a log a line now and then, and none of work that is soon done."""

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.console import Console

Item = TypeVar("Item")

LOG_EVERY_S = 15.0


def track(items: Iterable[Item], description: str, total: int | None = None) -> Iterator[Item]:
    """The same items, with their progress shown on standard error.

    Args:
        items: what is worked through.
        description: what is being done, such as "visual features".
        total: how many there are; taken from `items` where it has a length.

    Yields:
        Each item.
    """
    if total is None and isinstance(items, Sized):
        total = len(items)
    if total == 0:
        return
    yield from (_bar if sys.stderr.isatty() else _lines)(items, description, total)


@lru_cache(maxsize=1)
def console() -> "Console":
    """One for all bars: nested ones then keep clear of each other's lines."""
    from rich.console import Console

    return Console(stderr=True)


def _bar(items: Iterable[Item], description: str, total: int | None) -> Iterator[Item]:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console()) as progress:
        yield from progress.track(items, total=total, description=description)


def _lines(items: Iterable[Item], description: str, total: int | None) -> Iterator[Item]:
    start = shown = time.monotonic()
    for done, item in enumerate(items, start=1):
        yield item
        now = time.monotonic()
        if now - shown >= LOG_EVERY_S or (done == total and shown > start):
            shown = now
            of_total = f"/{total}" if total is not None else ""
            print(f"{description}: {done}{of_total} in {now - start:.0f} s", file=sys.stderr, flush=True)
