"""Processing of untrusted data in a subprocess with limits on time and memory.

Answers are read as JSON and never unpickled, so that data which take control of the subprocess cannot run code in this
process by their answer. The subprocess is not a sandbox: it has the user's permissions.
"""

import json
import math
import multiprocessing
import resource
import signal
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from v2meow_pipeline.errors import MediaError, V2MeowError

Item = TypeVar("Item")
Result = TypeVar("Result")

MAX_BYTES, MAX_ANSWER_BYTES = 2 << 30, 64 << 20
# Wall-clock limit as a multiple of the processor-time limit, for data whose reading blocks.
PATIENCE = 10.0
REMEDY = "Leave the file out, or convert it."


class ProcessDied(V2MeowError):
    """The subprocess terminated while it processed an item."""


class TimeLimit(V2MeowError):
    """The subprocess exceeded the time limit of an item, and was killed."""


class Isolated(Generic[Item, Result]):
    """Calls a function in a subprocess, which is reused for later calls and restarted if it terminated."""

    def __init__(
        self, function: Callable[[Item], Result], result: type[Result], preload: str, max_bytes: int = MAX_BYTES
    ) -> None:
        """Stores the settings; the subprocess starts at the first call.

        Args:
            function: function importable by name, with a picklable argument.
            result: type of its result, of which pydantic can make JSON.
            preload: module that the fork server imports once, before it forks.
            max_bytes: memory limit of the subprocess, bytes.
        """
        self._function, self._result, self._preload, self._max_bytes = function, result, preload, max_bytes
        self._adapter: TypeAdapter[Result] = TypeAdapter(result)
        self._process: Any = None
        self._pipe: Connection | None = None

    def __call__(self, item: Item, seconds: float) -> Result:
        """Calls the function in the subprocess.

        Args:
            item: argument of the function.
            seconds: limit on processor time, s, rounded up; wall-clock time is limited to `PATIENCE` times as much, so
                that a busy machine does not count against the data.

        Returns:
            Result of the function.

        Raises:
            ProcessDied: when the subprocess terminated; the message gives its signal or exit code.
            TimeLimit: when a time limit was exceeded.
            V2MeowError: any such error of the function.
            MemoryError: when the memory limit was exceeded.
            RuntimeError: for another exception of the function; the message has its traceback.
        """
        if self._process is None or not self._process.is_alive():
            self._start()
        assert self._pipe is not None
        try:
            self._pipe.send((item, seconds))
            if not self._pipe.poll(PATIENCE * seconds):
                self.close()
                raise TimeLimit(f"Processing took longer than {PATIENCE * seconds:.0f} s.", REMEDY)
            answer = self._pipe.recv_bytes(MAX_ANSWER_BYTES)
        except (EOFError, OSError) as error:
            raise self._death(seconds) from error
        try:
            return _unpack(answer, self._adapter)
        except (ValueError, TypeError, RecursionError) as error:
            self.close()
            raise ProcessDied("The process that read it gave an invalid answer.", "Convert the file.") from error

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
        arguments = (self._function, self._result, child_pipe, self._max_bytes)
        self._process = context.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()
        child_pipe.close()

    def _death(self, seconds: float) -> V2MeowError:
        self._process.join(1)
        code = self._process.exitcode
        self.close()
        if code == -signal.SIGXCPU:
            return TimeLimit(f"Processing took longer than {seconds:.0f} s of processor time.", REMEDY)
        ending = signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
        return ProcessDied(f"The process that read it terminated ({ending}).", "Convert the file.")


def _serve(function: Callable[[Any], Any], result: type[Any], pipe: Connection, max_bytes: int) -> None:
    """Subprocess: calls the function on received items until the pipe is closed."""
    resource.setrlimit(resource.RLIMIT_DATA, (max_bytes, max_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    adapter = TypeAdapter(result)
    while True:
        try:
            item, seconds = pipe.recv()
        except EOFError:
            return
        _limit_processor_time(seconds)
        pipe.send_bytes(_pack(function, item, adapter))


def _limit_processor_time(seconds: float) -> None:
    """Lets the kernel kill this process (SIGXCPU) after this much more processor time."""
    usage, (_, hard) = resource.getrusage(resource.RUSAGE_SELF), resource.getrlimit(resource.RLIMIT_CPU)
    soft = math.ceil(usage.ru_utime + usage.ru_stime + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _pack(function: Callable[[Any], Any], item: Any, adapter: TypeAdapter[Any]) -> bytes:
    """Result of a function, or the exception that it raised, as JSON."""
    answer: dict[str, Any]
    try:
        answer = {"result": adapter.dump_python(function(item), mode="json")}
    except MediaError as error:
        answer = {"media": [error.reason, error.problem, error.remedy]}
    except V2MeowError as error:
        answer = {"error": [error.problem, error.remedy]}
    except MemoryError:
        answer = {"memory": True}
    except Exception:  # noqa: BLE001 - raised again in the parent
        answer = {"fault": traceback.format_exc()}
    return json.dumps(answer).encode()


def _unpack(data: bytes, adapter: TypeAdapter[Result]) -> Result:
    """Reads what `_pack` wrote, and raises the exceptions."""
    answer = json.loads(data)
    if "media" in answer:
        raise MediaError(*map(str, answer["media"]))
    if "error" in answer:
        raise V2MeowError(*map(str, answer["error"]))
    if "memory" in answer:
        raise MemoryError
    if "fault" in answer:
        raise RuntimeError(str(answer["fault"]))
    return adapter.validate_python(answer.get("result"))
