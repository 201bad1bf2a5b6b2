"""Processing of untrusted data in a subprocess with limits on time and memory."""

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
    """The subprocess terminated while it processed an item."""


class TimeLimit(V2MeowError):
    """The subprocess exceeded the time limit of an item, and was killed."""


class Isolated(Generic[Item, Result]):
    """Calls a function in a subprocess, which is reused for later calls and restarted if it terminated."""

    def __init__(self, function: Callable[[Item], Result], preload: str, max_bytes: int = MAX_BYTES) -> None:
        """Stores the settings; the subprocess starts at the first call.

        Args:
            function: function importable by name, with picklable argument and result.
            preload: module that the fork server imports once, before it forks.
            max_bytes: memory limit of the subprocess, bytes.
        """
        self._function, self._preload, self._max_bytes = function, preload, max_bytes
        self._process: Any = None
        self._pipe: Connection | None = None

    def __call__(self, item: Item, seconds: float) -> Result:
        """Calls the function in the subprocess.

        Args:
            item: argument of the function.
            seconds: time limit, s.

        Returns:
            Result of the function.

        Raises:
            ProcessDied: when the subprocess terminated; the message gives its signal or exit code.
            TimeLimit: when the time limit was exceeded.
            Exception: any exception raised by the function.
        """
        if self._process is None or not self._process.is_alive():
            self._start()
        assert self._pipe is not None
        try:
            self._pipe.send(item)
            if not self._pipe.poll(seconds):
                self.close()
                raise TimeLimit(f"Processing took longer than {seconds:.0f} s.", "Leave the file out, or convert it.")
            ok, value = self._pipe.recv()
        except (EOFError, OSError) as error:
            ending = self._ending()
            raise ProcessDied(f"The process that read it terminated ({ending}).", "Convert the file.") from error
        if not ok:
            raise value
        return value

    def close(self) -> None:
        """Kills the subprocess."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._process = self._pipe = None

    def _start(self) -> None:
        # The fork server has no threads and has imported the modules, so a fork is safe and takes milliseconds.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([self._preload])
        self._pipe, child_pipe = context.Pipe()
        arguments = (self._function, child_pipe, self._max_bytes)
        self._process = context.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()
        child_pipe.close()

    def _ending(self) -> str:
        self._process.join(1)
        code = self._process.exitcode
        self.close()
        return signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"


def _serve(function: Callable[[Any], Any], pipe: Connection, max_bytes: int) -> None:
    """Subprocess: calls the function on received items until the pipe is closed."""
    resource.setrlimit(resource.RLIMIT_DATA, (max_bytes, max_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            item = pipe.recv()
        except EOFError:
            return
        try:
            result = (True, function(item))
        except Exception as error:  # noqa: BLE001 - raised again in the parent
            result = (False, error)
        pipe.send(result)
