"""Progress of training in Ray workers, displayed in the driver process."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import ray
from ray.exceptions import RayError

from v2meow_pipeline.training.display import Terminal

POST_EVERY_S = 0.5


class ProgressUpdate(NamedTuple):
    """Training progress: `label`, `step` of `total`, and formatted losses."""

    label: str
    step: int
    total: int
    losses: str


class ProgressActor:
    """Ray actor that stores the latest progress update of a training."""

    def __init__(self) -> None:
        self._latest: ProgressUpdate | None = None

    def post(self, note: ProgressUpdate) -> None:
        """Stores an update, replacing the previous one."""
        self._latest = note

    def read(self) -> ProgressUpdate | None:
        """Returns the latest update; None before the first."""
        return self._latest


class RemoteProgress:
    """Progress display of a worker: posts rate-limited updates to the progress actor."""

    def __init__(self, board: Any) -> None:
        self._board, self._posted = board, 0.0
        self._label, self._total = "", 0

    def start(self, label: str, step: int, total: int) -> None:
        """Posts the first update."""
        self._label, self._total = label, total
        self._board.post.remote(ProgressUpdate(label, step, total, ""))

    def show(self, step: int, losses: str) -> None:
        """Posts an update, at most one per `POST_EVERY_S` seconds, and always for the last step."""
        now = time.monotonic()
        if now - self._posted >= POST_EVERY_S or step == self._total:
            self._posted = now
            self._board.post.remote(ProgressUpdate(self._label, step, self._total, losses))

    def stop(self) -> None:
        """Does nothing; the last update stays in the actor."""


@contextmanager
def progress_bars() -> Iterator[Any]:
    """Context manager that displays the updates posted to a progress actor in this process.

    Yields:
        Handle of the progress actor.
    """
    board: Any = ray.remote(num_cpus=0, max_restarts=-1)(ProgressActor).remote()
    over = threading.Event()
    follower = threading.Thread(target=_follow, args=(board, over), daemon=True)
    follower.start()
    try:
        yield board
    finally:
        over.set()
        follower.join()
        ray.kill(board)


def _follow(board: Any, over: threading.Event) -> None:
    terminal, last = Terminal(), None
    while True:
        ended = over.wait(POST_EVERY_S)
        update = _read(board)
        if update is not None and last is None:
            terminal.start(update.label, update.step, update.total)
        if update is not None and update != last and update.losses:
            terminal.show(update.step, update.losses)
        last = update or last
        if ended:
            terminal.stop()
            return


def _read(board: Any) -> ProgressUpdate | None:
    try:
        update: ProgressUpdate | None = ray.get(board.read.remote(), timeout=10)
    except RayError:  # the actor failed or is slow; training errors are reported by Ray Train
        return None
    return update
