"""Processor time and peak memory of this process and its descendants, sampled while a node runs."""

import threading
from typing import NamedTuple

INTERVAL_S = 0.2


class Usage(NamedTuple):
    """Resources that a process tree used on this machine.

    Attributes:
        cpu_s: processor time, seconds, summed over cores; without the last moments of processes that ended.
        peak_gib: peak memory, GiB. Memory that processes share, such as Ray's object store, counts once, for the
            process that maps the most of it.
    """

    cpu_s: float
    peak_gib: float


class UsageMeter:
    """Measures the process tree on this machine from its construction to `stop`; other machines are not included."""

    def __init__(self, interval_s: float = INTERVAL_S) -> None:
        """Starts sampling in a thread.

        Args:
            interval_s: time between samples, seconds; shorter peaks can be missed.
        """
        self._interval_s = interval_s
        self._peak_bytes = 0
        self._cpu_s: dict[tuple[int, float], float] = {}
        self._sample()
        self._cpu_before_s = sum(self._cpu_s.values())
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="usage", daemon=True)
        self._thread.start()

    def stop(self) -> Usage:
        """Stops sampling, and returns the usage since the start."""
        self._done.set()
        self._thread.join()
        self._sample()
        return Usage(sum(self._cpu_s.values()) - self._cpu_before_s, self._peak_bytes / 2**30)

    def _run(self) -> None:
        while not self._done.wait(self._interval_s):
            self._sample()

    def _sample(self) -> None:
        import psutil

        own = psutil.Process()
        unshared, shared = [], []
        for process in (own, *own.children(recursive=True)):
            try:
                memory, cpu = process.memory_info(), process.cpu_times()
                self._cpu_s[process.pid, process.create_time()] = cpu.user + cpu.system
            except psutil.Error:  # it has ended
                continue
            mapped = int(getattr(memory, "shared", 0))  # Linux only
            unshared.append(memory.rss - mapped)
            shared.append(mapped)
        self._peak_bytes = max(self._peak_bytes, sum(unshared) + max(shared, default=0))
