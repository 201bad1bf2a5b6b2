"""Progress of a training in other processes, shown where the run was started."""

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
    """How far a training is: `label`, `step` of `total`, and its losses in words."""

    label: str
    step: int
    total: int
    losses: str


class ProgressActor:
    """Keeps the last note of a training."""

    def __init__(self) -> None:
        self._note: ProgressUpdate | None = None

    def post(self, note: ProgressUpdate) -> None:
        """Replaces the note."""
        self._note = note

    def read(self) -> ProgressUpdate | None:
        """The last note, if there is one."""
        return self._note


class RemoteProgress:
    """What a worker shows its progress on: notes on the board, a few a second."""

    def __init__(self, board: Any) -> None:
        self._board, self._posted = board, 0.0
        self._label, self._total = "", 0

    def start(self, label: str, step: int, total: int) -> None:
        """Posts the beginning."""
        self._label, self._total = label, total
        self._board.post.remote(ProgressUpdate(label, step, total, ""))

    def show(self, step: int, losses: str) -> None:
        """Posts a step, when it is time or the last one."""
        now = time.monotonic()
        if now - self._posted >= POST_EVERY_S or step == self._total:
            self._posted = now
            self._board.post.remote(ProgressUpdate(self._label, step, self._total, losses))

    def stop(self) -> None:
        """Leaves the last note where it is."""


@contextmanager
def progress_bars() -> Iterator[Any]:
    """Within the block, what is posted on the board is shown here.

    Yields:
        The board.
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
        note = _read(board)
        if note is not None and last is None:
            terminal.start(note.label, note.step, note.total)
        if note is not None and note != last and note.losses:
            terminal.show(note.step, note.losses)
        last = note or last
        if ended:
            terminal.stop()
            return


def _read(board: Any) -> ProgressUpdate | None:
    try:
        note: ProgressUpdate | None = ray.get(board.read.remote(), timeout=10)
    except RayError:  # its machine was lost, or is busy: the training itself tells of its end
        return None
    return note
