"""Where the progress of a training is shown."""

import sys
import time
from typing import Protocol

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from v2meow_pipeline.progress import LOG_EVERY_S, console


class Display(Protocol):
    """Told of every step of a training."""

    def start(self, label: str, step: int, total: int) -> None:
        """The training called `label` is at `step` of `total`."""
        ...

    def show(self, step: int, losses: str) -> None:
        """It has come to `step`; `losses` in words."""
        ...

    def stop(self) -> None:
        """It has ended, well or not; also called where it never started."""
        ...


class Terminal:
    """A bar on a terminal, a line now and then in a log; both with the losses."""

    def __init__(self) -> None:
        self._label, self._total = "", 0
        self._bar: Progress | None = None
        self._shown = self._started = time.monotonic()

    def start(self, label: str, step: int, total: int) -> None:
        """Opens the bar."""
        self._label, self._total = label, total
        self._shown = self._started = time.monotonic()
        if not sys.stderr.isatty():
            return
        self._bar = Progress(
            TextColumn("{task.description:<28}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[losses]}"),
            console=console(),
        )
        self._task = self._bar.add_task(label, total=total, completed=step, losses="")
        self._bar.start()

    def show(self, step: int, losses: str) -> None:
        """Moves the bar, or prints a line when it is time for one."""
        now = time.monotonic()
        if self._bar is not None:
            self._bar.update(self._task, completed=step, losses=losses)
        elif now - self._shown >= LOG_EVERY_S or step == self._total:
            self._shown = now
            spent = f"{now - self._started:.0f} s"
            print(f"{self._label}: step {step}/{self._total} in {spent}, {losses}", file=sys.stderr, flush=True)

    def stop(self) -> None:
        """Closes the bar."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
