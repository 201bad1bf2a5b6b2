"""Results of all benchmarks, and their values as JSON."""

import os
from typing import Any, NamedTuple

import torch

from v2meow_pipeline.app.bench.comparison import Comparison
from v2meow_pipeline.app.bench.decoding import DecodingResult
from v2meow_pipeline.app.bench.evaluation import EvaluationSpeed
from v2meow_pipeline.app.bench.startup import StartupResult
from v2meow_pipeline.app.bench.training import TrainingResult
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


class Results(NamedTuple):
    """Results by benchmark; empty ones were not run.

    Attributes:
        decoding: per stage and batch size.
        training: per stage.
        comparisons: ingest, features and FAD.
        evaluation: seconds per clip.
        startup: per command.
    """

    decoding: tuple[DecodingResult, ...] = ()
    training: tuple[TrainingResult, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    evaluation: tuple[EvaluationSpeed, ...] = ()
    startup: tuple[StartupResult, ...] = ()


def machine(speed: Speed) -> Machine:
    """Describes the machine, given its measured speed."""
    load, version = os.getloadavg()[0], str(torch.__version__)
    return Machine(os.cpu_count() or 1, torch.get_num_threads(), load, speed.bytes_read, speed.flops, version)


def as_json(limits: Machine, results: Results) -> dict[str, Any]:
    """All results as JSON values."""
    values: dict[str, Any] = _values(results)
    return {"machine": limits._asdict(), **values}


def _values(value: Any) -> Any:
    """Named tuples as dictionaries, other tuples as lists."""
    if hasattr(value, "_asdict"):
        return {name: _values(part) for name, part in value._asdict().items()}
    return [_values(part) for part in value] if isinstance(value, tuple) else value
