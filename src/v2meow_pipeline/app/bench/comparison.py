"""Comparison of some work of this project with another way to do the same."""

import statistics
from collections.abc import Callable
from typing import NamedTuple

from v2meow_pipeline.app.bench.peak import peak_bytes, reset_peak
from v2meow_pipeline.app.bench.timing import Ratio, interleaved, ratio


class Work(NamedTuple):
    """What is compared.

    Attributes:
        name: description of the work.
        units: number of units of the work.
        unit: name of the unit, such as "clip".
        other: description of the other way.
        target: wanted ratio of the other's time to ours.
    """

    name: str
    units: int
    unit: str
    other: str
    target: float


class Comparison(NamedTuple):
    """Result of a comparison.

    Attributes:
        work: what was compared.
        seconds: median wall-clock time of this project.
        other_s: median wall-clock time of the other way.
        ratio: the other's wall-clock time relative to ours.
        cpu_ratio: the same for CPU time, including that of child processes.
        warm_up_s: first run of this project, not among the repetitions.
        peak_bytes: peak memory of this process.
        note: further finding, such as the difference of the results.
    """

    work: Work
    seconds: float
    other_s: float
    ratio: Ratio
    cpu_ratio: Ratio
    warm_up_s: float
    peak_bytes: int
    note: str = ""


def compare(
    work: Work, ours: Callable[[], object], other: Callable[[], object], repeats: int, note: str = ""
) -> Comparison:
    """Times both ways in turn.

    Args:
        work: what is compared.
        ours: runs the work with this project.
        other: runs it the other way.
        repeats: number of repetitions, after one run of each to warm up.
        note: further finding.

    Returns:
        The result.
    """
    reset_peak()
    times = interleaved({"ours": ours, "other": other}, repeats)
    mine, others = times["ours"], times["other"]
    return Comparison(
        work=work,
        seconds=statistics.median(mine.wall_s),
        other_s=statistics.median(others.wall_s),
        ratio=ratio(others.wall_s, mine.wall_s),
        cpu_ratio=ratio(others.cpu_s, mine.cpu_s),
        warm_up_s=mine.warm_up_s,
        peak_bytes=peak_bytes(),
        note=note,
    )
