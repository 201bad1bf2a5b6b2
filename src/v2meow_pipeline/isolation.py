"""Work on a stranger's data in a process of its own: a crash, an endless loop or a memory bomb costs one item."""

import multiprocessing
import resource
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

from v2meow_pipeline.errors import V2MeowError

Item = TypeVar("Item")
Result = TypeVar("Result")

MAX_BYTES = 2 << 30


class ProcessDied(V2MeowError):
    """The process ended while it worked on an item."""


class TimeLimit(V2MeowError):
    """The process worked longer on an item than it may, and was ended."""


class Isolated(Generic[Item, Result]):
    """Calls a function in another process, which is kept from call to call and replaced when it has ended."""

    def __init__(self, function: Callable[[Item], Result], preload: str, max_bytes: int = MAX_BYTES) -> None:
        """Nothing starts yet.

        Args:
            function: importable by name; its argument and its result can be pickled.
            preload: module that is imported once, before processes are split off.
            max_bytes: memory that a process may have.
        """
        self._function, self._preload, self._max_bytes = function, preload, max_bytes
        self._process: Any = None
        self._pipe: Connection | None = None

    def __call__(self, item: Item, seconds: float) -> Result:
        """The function of an item.

        Args:
            item: its argument.
            seconds: that it may take.

        Returns:
            Its result.

        Raises:
            ProcessDied: when the process ended by itself, saying how.
            TimeLimit: when it took longer.
            Exception: whatever the function raised.
        """
        if self._process is None or not self._process.is_alive():
            self._start()
        assert self._pipe is not None
        try:
            self._pipe.send(item)
            if not self._pipe.poll(seconds):
                self.close()
                raise TimeLimit(f"It took longer than {seconds:.0f} s.", "Leave it out, or convert it.")
            ok, value = self._pipe.recv()
        except (EOFError, OSError) as error:
            ending = self._ending()
            raise ProcessDied(f"It ended the process that worked on it ({ending}).", "Convert it.") from error
        if not ok:
            raise value
        return value

    def close(self) -> None:
        """Ends the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._process = self._pipe = None

    def _start(self) -> None:
        # A server that has no threads and has imported what is needed: splitting off takes milliseconds.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([self._preload])
        self._pipe, theirs = context.Pipe()
        work = (self._function, theirs, self._max_bytes)
        self._process = context.Process(target=_work, args=work, daemon=True)
        self._process.start()
        theirs.close()

    def _ending(self) -> str:
        self._process.join(1)
        code = self._process.exitcode
        self.close()
        return signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"


def _work(function: Callable[[Any], Any], pipe: Connection, max_bytes: int) -> None:
    """Answers until the other side is gone."""
    resource.setrlimit(resource.RLIMIT_DATA, (max_bytes, max_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            item = pipe.recv()
        except EOFError:
            return
        try:
            answer = (True, function(item))
        except Exception as error:  # noqa: BLE001 - it is raised where the call was made
            answer = (False, error)
        pipe.send(answer)
