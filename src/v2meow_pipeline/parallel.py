"""Map over worker processes: results in order, one thread a process."""

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
    """Maps a function over items: in this process, in several, or on Ray (executors/map.py)."""

    def __call__(self, function: Callable[[Item], Result], items: Sequence[Item], description: str) -> Iterator[Result]:
        """`function` of each item, in the order of `items`, with progress shown; see `parallel_map`."""
        ...


class Processes(NamedTuple):
    """Maps over `workers` processes of this machine; with 1, in this process."""

    workers: int

    def __call__(self, function: Callable[[Item], Result], items: Sequence[Item], description: str) -> Iterator[Result]:
        """See `parallel_map`."""
        return parallel_map(function, items, self.workers, description)


SERIAL = Processes(1)


def parallel_map(
    function: Callable[[Item], Result], items: Sequence[Item], workers: int, description: str
) -> Iterator[Result]:
    """`function` of each item, in the order of `items`, with progress shown.

    Args:
        function: importable by name (or a `functools.partial` of one), since it is sent to other processes.
        items: what it is called with, one at a time.
        workers: processes; 1 works in this process. Each uses one thread.
        description: what is being done, for the progress bar.

    Yields:
        The results. An exception of `function` is raised here, and what has not started is dropped.

    Raises:
        V2MeowError: when a process ends by itself.
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
                f"A process ended in the middle of its work ({description}; {undone} of {len(items)} parts are left).",
                "It was killed, ran out of memory, or crashed: free some memory, lower `workers`, and run it again.",
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _end_with_parent() -> None:
    """A worker whose parent is killed would wait for work for ever, and keep its memory."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_after, args=(parent,), daemon=True).start()


def _exit_after(parent: "multiprocessing.process.BaseProcess") -> None:
    parent.join()
    os._exit(1)


class one_thread:
    """Within the block, processes that start inherit one thread each: two with two threads on two cores crawl."""

    def __enter__(self) -> None:
        self._before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
        os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))

    def __exit__(self, *_: object) -> None:
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
