"""Subprocess that keeps a composer in memory and runs jobs one after the other.

A video that crashes a decoder ends this process and not the server, and a job that does not react to its cancellation
is ended by killing it. Its messages are read as JSON and never unpickled (see `isolation`).
"""

import json
import logging
import multiprocessing
import signal
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from v2meow_pipeline.composer import Composer, ModelSource
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.isolation import ProcessDied, TimeLimit
from v2meow_pipeline.progress import observed
from v2meow_pipeline.web.errors import JobCancelled
from v2meow_pipeline.web.job import JobResult
from v2meow_pipeline.web.run_job import Task, run_task

log = logging.getLogger(__name__)

POLL_S = 0.25
# Time between the request to cancel and the end of a process that does not react to it.
GRACE_S = 10.0
REPORT_EVERY_S = 0.2
MAX_MESSAGE_BYTES = 1 << 20
# Parts of `generate` and `regenerate` that report the progress of their stages themselves.
COMPOSITE = frozenset(["features", "compose", "redo"])


class Progress(NamedTuple):
    """Progress report: stage, items that are done, and their total if known."""

    stage: str
    done: int
    total: int | None


_PROGRESS = TypeAdapter(Progress)
# Loads a composer in the subprocess; picklable.
Load = Callable[[ModelSource], Composer]


def load_here(models: ModelSource) -> Composer:
    """Loads a composer that computes in the subprocess itself."""
    return Composer.from_pretrained(models.folder)


class GenerationProcess:
    """Runs jobs in a subprocess, which is started by the first job, and again after it has ended."""

    def __init__(self, models: ModelSource, load: Load) -> None:
        self._models, self._load = models, load
        self._process: Any = None
        self._pipe: Connection | None = None

    def run(
        self, task: Task, on_progress: Callable[[Progress], None], is_cancelled: Callable[[], bool], limit_s: float
    ) -> JobResult:
        """Runs one job.

        Args:
            task: input of the job.
            on_progress: called at each progress report.
            is_cancelled: asked several times per second whether to cancel the job.
            limit_s: time limit, seconds.

        Returns:
            The result.

        Raises:
            JobCancelled: when it was cancelled.
            TimeLimit: when the time limit was exceeded.
            ProcessDied: when the process terminated.
            V2MeowError: errors of the job and of the two callbacks.
        """
        if self._process is None or not self._process.is_alive():
            self._start()
        assert self._pipe is not None
        try:
            self._pipe.send(task)
            return _unpack(self._wait(self._pipe, on_progress, is_cancelled, time.monotonic() + limit_s))
        except (EOFError, OSError) as error:
            self.close()
            raise ProcessDied("The process that generated the music terminated.", "Try another video.") from error
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            self.close()
            raise ProcessDied("The process that generated the music gave an invalid answer.", "Try again.") from error

    def close(self) -> None:
        """Kills the subprocess."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._process = self._pipe = None

    def _start(self) -> None:
        # Spawned, since the server has threads and a fork would copy their locks.
        context = multiprocessing.get_context("spawn")
        self._pipe, child_pipe = context.Pipe()
        self._process = context.Process(target=_serve, args=(self._models, self._load, child_pipe), daemon=True)
        self._process.start()
        child_pipe.close()

    def _wait(
        self,
        pipe: Connection,
        on_progress: Callable[[Progress], None],
        is_cancelled: Callable[[], bool],
        deadline: float,
    ) -> dict[str, Any]:
        """Handles messages of the subprocess until the job ends; returns the last one.

        An error of a callback kills the subprocess, as a time limit does, since it would go on with the job and its
        answer would be taken for that of the next one.
        """
        asked_s: float | None = None
        try:
            while True:
                if pipe.poll(POLL_S):
                    message: dict[str, Any] = json.loads(pipe.recv_bytes(MAX_MESSAGE_BYTES))
                    if "progress" not in message:
                        return message
                    on_progress(_PROGRESS.validate_python(message["progress"]))
                now = time.monotonic()
                if asked_s is None and is_cancelled():
                    asked_s = now
                    pipe.send(JobCancelled())
                if asked_s is not None and now > asked_s + GRACE_S:
                    raise JobCancelled
                if now > deadline:
                    raise TimeLimit(
                        "The job took longer than the server allows.", "Use a shorter video or fewer takes."
                    )
        except V2MeowError:
            self.close()
            raise


def _serve(models: ModelSource, load: Load, pipe: Connection) -> None:
    """Subprocess: runs tasks until the pipe is closed."""
    # Ctrl-C in a terminal reaches all processes; the server ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    composer: Composer | None = None
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        if isinstance(task, JobCancelled):  # of a job that ended meanwhile
            continue
        try:
            with observed(_Observer(pipe)):
                composer = composer or load(models)
                answer: dict[str, Any] = {"result": run_task(task, composer, models).model_dump(mode="json")}
        except JobCancelled:
            answer = {"cancelled": True}
        except V2MeowError as error:
            answer = {"error": [error.problem, error.remedy]}
        except OSError as error:
            log.exception("A job failed.")
            answer = {"error": [f"The job failed: {error.strerror or error}.", "The server's disk may be full."]}
        except Exception:
            log.exception("A job failed.")
            answer = {"error": ["The job failed with an internal error.", "The server's log has the details."]}
        _send(pipe, answer)


def _send(pipe: Connection, message: Mapping[str, Any]) -> None:
    pipe.send_bytes(json.dumps(message).encode())


def _unpack(answer: Mapping[str, Any]) -> JobResult:
    """Result of a job; raises the error that the subprocess reported."""
    if "cancelled" in answer:
        raise JobCancelled
    if "error" in answer:
        raise V2MeowError(*map(str, answer["error"]))
    return JobResult.model_validate(answer["result"])


class _Observer:
    """Sends progress to the server a few times per second, and raises when the job was cancelled."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._sent_s = pipe, 0.0

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        if self._pipe.poll():
            raise self._pipe.recv()
        now = time.monotonic()
        if stage not in COMPOSITE and (done in (0, total) or now > self._sent_s + REPORT_EVERY_S):
            self._sent_s = now
            _send(self._pipe, {"progress": [stage, done, total]})
