"""Progress display of a training run."""

import sys
import time
from typing import Protocol

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from v2meow_pipeline.progress import LOG_EVERY_S, console


class Display(Protocol):
    """Interface of a progress display."""

    def start(self, label: str, step: int, total: int) -> None:
        """Starts the display of the run named `label` at `step` of `total`."""
        ...

    def show(self, step: int, losses: str) -> None:
        """Updates the display: current step, and the losses as text."""
        ...

    def stop(self) -> None:
        """Stops the display after success or failure; may be called without `start`."""
        ...


class Terminal:
    """Display on standard error: a progress bar on a terminal, otherwise periodic log lines."""

    def __init__(self) -> None:
        self._label, self._total = "", 0
        self._bar: Progress | None = None
        self._shown = self._started = time.monotonic()

    def start(self, label: str, step: int, total: int) -> None:
        """Opens the progress bar."""
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
        """Updates the progress bar, or prints a log line if one is due."""
        now = time.monotonic()
        if self._bar is not None:
            self._bar.update(self._task, completed=step, losses=losses)
        elif now - self._shown >= LOG_EVERY_S or step == self._total:
            self._shown = now
            elapsed = f"{now - self._started:.0f} s"
            print(f"{self._label}: step {step}/{self._total} in {elapsed}, {losses}", file=sys.stderr, flush=True)

    def stop(self) -> None:
        """Closes the progress bar."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
