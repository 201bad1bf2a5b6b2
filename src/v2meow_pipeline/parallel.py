"""Parallel map over worker processes: ordered results, one thread per process."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import NamedTuple, Protocol, TypeVar

from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.progress import track

Item = TypeVar("Item")
Result = TypeVar("Result")

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")


class MapExecutor(Protocol):
    """Interface of a map executor: this process, several processes, or Ray (executors/executor.py)."""

    def __call__(self, function: Callable[[Item], Result], items: Sequence[Item], description: str) -> Iterator[Result]:
        """Applies `function` to each item and yields the results in order; see `parallel_map`."""
        ...


class Processes(NamedTuple):
    """Map executor on `workers` local processes; 1 runs in this process."""

    workers: int

    def __call__(self, function: Callable[[Item], Result], items: Sequence[Item], description: str) -> Iterator[Result]:
        """See `parallel_map`."""
        return parallel_map(function, items, self.workers, description)


SERIAL = Processes(1)


def parallel_map(
    function: Callable[[Item], Result], items: Sequence[Item], workers: int, description: str
) -> Iterator[Result]:
    """Applies a function to each item in worker processes; yields the results in order, with a progress display.

    Args:
        function: function importable by name, or a `functools.partial` of one; sent to the workers.
        items: arguments of the calls, one per call, picklable.
        workers: number of processes, each with one thread; 1 runs in this process.
        description: description of the work, for the progress bar.

    Yields:
        Results in the order of `items`. An exception of `function` is raised here; items not started are cancelled.

    Raises:
        V2MeowError: when a worker process terminates.
    """
    if workers <= 1 or len(items) <= 1:
        yield from track(map(function, items), description, len(items))
        return
    spawn = multiprocessing.get_context("spawn")
    with one_thread(), ProcessPoolExecutor(min(workers, len(items)), spawn, _end_with_parent) as pool:
        futures = [pool.submit(function, item) for item in items]
        try:
            yield from track((future.result() for future in futures), description, len(items))
        except BrokenProcessPool as error:
            undone = sum(not future.done() or future.exception() is not None for future in futures)
            raise V2MeowError(
                f"A worker process terminated ({description}; {undone} of {len(items)} items are not done).",
                "It was killed, ran out of memory, or crashed: free memory or lower `workers`, then run it again.",
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _end_with_parent() -> None:
    """Initialiser of a worker: exits when the parent dies; otherwise the worker would wait forever for work."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_after, args=(parent,), daemon=True).start()


def _exit_after(parent: "multiprocessing.process.BaseProcess") -> None:
    parent.join()
    os._exit(1)


class one_thread:
    """Context manager in which new processes use one thread each, to avoid oversubscription of the cores."""

    def __enter__(self) -> None:
        self._previous = {name: os.environ.get(name) for name in THREAD_VARIABLES}
        os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))

    def __exit__(self, *_: object) -> None:
        for name, value in self._previous.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
