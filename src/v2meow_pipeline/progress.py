"""Progress display: a bar on a terminal, or periodic lines in a log; short work logs nothing.

A caller can observe the same progress, for example to show it on a page or to stop the work.
"""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.console import Console

Item = TypeVar("Item")

# Function of a description of the work, the number of items that are done, and their total, if it is known.
Observer = Callable[[str, int, int | None], None]

LOG_EVERY_S = 15.0
_observer: ContextVar[Observer | None] = ContextVar("progress_observer", default=None)


@contextmanager
def observed(observer: Observer) -> Iterator[None]:
    """Calls a function at each progress of this thread within the block; it may raise to stop the work."""
    token = _observer.set(observer)
    try:
        yield
    finally:
        _observer.reset(token)


@contextmanager
def part(name: str) -> Iterator[None]:
    """Puts the name of a part of the work before the descriptions that the observer gets within the block.

    Args:
        name: name of the part, such as "new span", for descriptions such as "new span: visual features".

    Yields:
        Nothing.
    """
    observer = _observer.get()
    if observer is None:
        yield
        return
    with observed(lambda description, done, total: observer(f"{name}: {description}", done, total)):
        yield


def report(description: str, done: int = 0, total: int | None = None) -> None:
    """Reports progress to the observer, if there is one.

    Args:
        description: description of the work, such as "visual features".
        done: number of items that are done.
        total: number of items; None if unknown.
    """
    observer = _observer.get()
    if observer is not None:
        observer(description, done, total)


def track(items: Iterable[Item], description: str, total: int | None = None) -> Iterator[Item]:
    """Iterates over items, shows the progress on standard error, and reports it to the observer.

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
    report(description, 0, total)
    shown = (_bar if sys.stderr.isatty() else _lines)(items, description, total)
    for done, item in enumerate(shown, start=1):
        yield item
        report(description, done, total)


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


def note(text: str) -> None:
    """Prints a line on standard error, such as an estimate of long work."""
    print(text, file=sys.stderr, flush=True)
