"""Parallel map over worker processes: ordered results, one thread per process."""

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple, Protocol, TypeVar

from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.progress import track

Item = TypeVar("Item")
Result = TypeVar("Result")

# Number of items per worker that are submitted before their results are taken.
ITEMS_AHEAD = 16
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")


# The pools that calls of `parallel_map` share: number of processes -> pool; None outside `one_pool`.
_shared: ContextVar[dict[int, ProcessPoolExecutor] | None] = ContextVar("_shared", default=None)


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
    function: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int,
    description: str,
    total: int | None = None,
) -> Iterator[Result]:
    """Applies a function to each item in worker processes; yields the results in order, with a progress display.

    Items are taken from the iterable shortly before they are processed, so that an iterator of large arrays does not
    have to fit in memory.

    Args:
        function: function importable by name, or a `functools.partial` of one; sent to the workers.
        items: arguments of the calls, one per call, picklable.
        workers: number of processes, each with one thread; 1 runs in this process.
        description: description of the work, for the progress bar.
        total: number of items, at most; None uses the length of `items`, which must then have one.

    Yields:
        Results in the order of `items`. An exception of `function` is raised here; items not started are cancelled.

    Raises:
        V2MeowError: when a worker process terminates.
    """
    if total is None:
        assert isinstance(items, Sized), "an iterator needs `total`"
        total = len(items)
    if workers <= 1 or total <= 1:
        yield from track(map(function, items), description, total)
        return
    done = 0
    with one_thread(), _pool(workers, total) as pool:
        try:
            for result in track(_results(pool, function, items, ITEMS_AHEAD * workers), description, total):
                done += 1
                yield result
        except BrokenProcessPool as error:
            raise V2MeowError(
                f"A worker process terminated ({description}; {total - done} of {total} items are not done).",
                "It was killed, ran out of memory, or crashed: free memory or lower `workers`, then run it again.",
            ) from error


@contextmanager
def one_pool() -> Iterator[None]:
    """Context in which all calls of `parallel_map` share their worker processes, which import their packages once.

    A worker keeps what it caches, such as networks, for later calls. Use it around work that changes no files that
    workers have loaded.
    """
    if _shared.get() is not None:
        yield
        return
    pools: dict[int, ProcessPoolExecutor] = {}
    token = _shared.set(pools)
    try:
        yield
    finally:
        _shared.reset(token)
        for pool in pools.values():
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _pool(workers: int, total: int) -> Iterator[ProcessPoolExecutor]:
    """A pool that is shut down at the end, or the shared one."""
    pools, spawn = _shared.get(), multiprocessing.get_context("spawn")
    if pools is not None:
        if workers not in pools:
            pools[workers] = ProcessPoolExecutor(workers, spawn, _end_with_parent)
        yield pools[workers]
        return
    with ProcessPoolExecutor(min(workers, total), spawn, _end_with_parent) as pool:
        try:
            yield pool
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _results(
    pool: ProcessPoolExecutor, function: Callable[[Item], Result], items: Iterable[Item], ahead: int
) -> Iterator[Result]:
    """Results in the order of the items, of which at most `ahead` are submitted and not yet returned."""
    futures: deque[Future[Result]] = deque()
    try:
        for item in items:
            futures.append(pool.submit(function, item))
            if len(futures) >= ahead:
                yield futures.popleft().result()
        while futures:
            yield futures.popleft().result()
    finally:
        for future in futures:
            future.cancel()


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
