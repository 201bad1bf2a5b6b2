"""Interleaved timing: each repetition runs all candidates, so that other load on the machine affects all of them."""

import resource
import statistics
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import psutil


class Timing(NamedTuple):
    """Times of one candidate.

    Attributes:
        wall_s: wall-clock time of each repetition.
        cpu_s: CPU time of this process and its child processes in each repetition; on a busy machine it is more stable.
        warm_up_s: wall-clock time of the first run, which is not among the repetitions.
    """

    wall_s: list[float]
    cpu_s: list[float]
    warm_up_s: float


class Ratio(NamedTuple):
    """Ratio of two candidates: median, smallest and largest over the repetitions."""

    median: float
    least: float
    most: float


def interleaved(candidates: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, Timing]:
    """Times functions in turn.

    Args:
        candidates: functions by name.
        repeats: number of timed repetitions of each, after one run to warm up.

    Returns:
        Times by name.
    """
    times = {name: Timing([], [], _timed(run)[0]) for name, run in candidates.items()}
    for _ in range(repeats):
        for name, run in candidates.items():
            wall, cpu = _timed(run)
            times[name].wall_s.append(wall)
            times[name].cpu_s.append(cpu)
    return times


def ratio(slower: list[float], faster: list[float]) -> Ratio:
    """Ratio of the times of two candidates, computed within each repetition.

    Args:
        slower: times of the numerator.
        faster: times of the denominator, in the same order.

    Returns:
        Median and range of the ratio.
    """
    each = [a / b for a, b in zip(slower, faster, strict=True)]
    return Ratio(statistics.median(each), min(each), max(each))


def _timed(run: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), _cpu_s()
    run()
    return time.perf_counter() - wall, _cpu_s() - cpu


def _cpu_s() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    living = (child.cpu_times() for child in psutil.Process().children(recursive=True))
    return time.process_time() + ended.ru_utime + ended.ru_stime + sum(times.user + times.system for times in living)
