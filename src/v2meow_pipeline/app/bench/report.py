"""Tables and JSON of `v2meow bench`."""

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from v2meow_pipeline.app.bench.decoding import DecodingResult
from v2meow_pipeline.app.bench.startup import StartupResult
from v2meow_pipeline.app.model_summary import Speed


class Machine(NamedTuple):
    """Conditions and limits of a benchmark, measured in the same run.

    Attributes:
        cores: number of CPU cores.
        threads: number of threads of torch.
        load: load average of the last minute.
        bytes_read: bytes/s read in matrix-vector products from main memory.
        flops: FLOP/s in matrix products.
        torch: version of torch.
    """

    cores: int
    threads: int
    load: float
    bytes_read: float
    flops: float
    torch: str


def machine(speed: Speed) -> Machine:
    """Describes the machine, given its measured speed."""
    load, version = os.getloadavg()[0], str(torch.__version__)
    return Machine(os.cpu_count() or 1, torch.get_num_threads(), load, speed.bytes_read, speed.flops, version)


def as_json(limits: Machine, decoding: Sequence[DecodingResult], startup: Sequence[StartupResult]) -> dict[str, Any]:
    """All results as JSON values."""
    rows = [{**row._asdict(), "ratio": row.ratio._asdict(), "cpu_ratio": row.cpu_ratio._asdict()} for row in decoding]
    return {"machine": limits._asdict(), "decoding": rows, "startup": [row._asdict() for row in startup]}


def to_markdown(limits: Machine, decoding: Sequence[DecodingResult], startup: Sequence[StartupResult]) -> str:
    """All results as Markdown tables."""
    lines = [
        f"{limits.cores} cores, {limits.threads} threads, load {limits.load:.1f}, torch {limits.torch}: "
        f"{limits.bytes_read / 1e9:.1f} GB/s read, {limits.flops / 1e9:.0f} GFLOP/s in matrix products."
    ]
    if decoding:
        lines += ["", _heading("stage", "batch", "ms per step", "guided", "limit", "T5", "T5 / ours", "CPU time", "MB")]
        lines += [_decoding_row(limits, row) for row in decoding]
    if startup:
        lines += ["", _heading("start-up", "median, s", "range, s")]
        lines += [f"| {row.command} | {row.median_s:.2f} | {row.least_s:.2f} to {row.most_s:.2f} |" for row in startup]
    return "\n".join(lines)


def _heading(*titles: str) -> str:
    return f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}"


def _decoding_row(limits: Machine, row: DecodingResult) -> str:
    guided = "" if row.guided_ms is None else f"{row.guided_ms:.2f}"
    limit_ms = 1e3 * row.weight_bytes / limits.bytes_read
    wall, cpu = (f"{r.median:.1f} ({r.least:.1f} to {r.most:.1f})" for r in (row.ratio, row.cpu_ratio))
    times = f"{row.ms:.2f} | {guided} | {limit_ms:.2f} | {row.t5_ms:.2f}"
    return f"| {row.source} {row.stage} | {row.batch} | {times} | {wall} | {cpu} | {row.peak_bytes / 1e6:.0f} |"
