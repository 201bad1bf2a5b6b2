"""Progress display: a bar on a terminal, or periodic lines in a log; short work logs nothing."""

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
    """Iterates over items and shows the progress on standard error.

    Args:
        items: items to iterate over.
        description: description of the work, such as "visual features".
        total: number of items; None uses the length of `items`, if it has one.

    Yields:
        Items in order.
    """
    if total is None and isinstance(items, Sized):
        total = len(items)
    if total == 0:
        return
    yield from (_bar if sys.stderr.isatty() else _lines)(items, description, total)


@lru_cache(maxsize=1)
def console() -> "Console":
    """Console shared by all progress bars, so that nested bars do not overwrite each other."""
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
