"""Markdown tables of `v2meow bench`."""

from collections.abc import Iterable, Sequence

from v2meow_pipeline.app.bench.comparison import Comparison
from v2meow_pipeline.app.bench.decoding import DecodingResult
from v2meow_pipeline.app.bench.evaluation import MANY, TARGET_S, EvaluationSpeed
from v2meow_pipeline.app.bench.results import Machine, Results
from v2meow_pipeline.app.bench.startup import StartupResult
from v2meow_pipeline.app.bench.timing import Ratio
from v2meow_pipeline.app.bench.training import TrainingResult

DECODING = (
    "stage", "batch", "ms per step", "guided", "int8", "bfloat16", "limit", "T5", "T5 / ours", "CPU time",
    "warm-up, ms", "MB",
)  # fmt: skip
TRAINING = (
    "stage", "batch", "ms per step", "tokens/s", "GFLOP/s", "share of matrix rate", "T5, ms", "T5 / ours", "CPU time",
    "step / loader", "warm-up, ms", "MB",
)  # fmt: skip
COMPARISONS = (
    "work", "s", "per s", "compared with", "s", "ratio", "CPU time", "target", "warm-up, s", "MB", "note",
)  # fmt: skip
EVALUATION = (
    "clips", "s", "half of them, s", "s per further clip", f"{MANY:,} clips, s", "target", "warm-up, s", "MB",
)  # fmt: skip
STARTUP = ("start-up", "median, s", "range, s")


def to_markdown(limits: Machine, results: Results) -> str:
    """All results as Markdown tables.

    Args:
        limits: the machine.
        results: results; benchmarks that were not run have no table.

    Returns:
        The text, without a line break at its end.
    """
    rates = f"{limits.bytes_read / 1e9:.1f} GB/s read, {limits.flops / 1e9:.0f} GFLOP/s in matrix products."
    lines = [f"{limits.cores} cores, {limits.threads} threads, load {limits.load:.1f}, torch {limits.torch}: {rates}"]
    lines += _table(DECODING, (_decoding(limits, row) for row in results.decoding))
    lines += _table(TRAINING, map(_training, results.training))
    lines += _table(COMPARISONS, map(_comparison, results.comparisons))
    lines += _table(EVALUATION, map(_evaluation, results.evaluation))
    lines += _table(STARTUP, map(_startup, results.startup))
    return "\n".join(lines)


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    cells = [f"| {' | '.join(row)} |" for row in rows]
    return ["", f"| {' | '.join(titles)} |", f"|{'---|' * len(titles)}", *cells] if cells else []


def _decoding(limits: Machine, row: DecodingResult) -> tuple[str, ...]:
    others = ("" if ms is None else f"{ms:.2f}" for ms in (row.guided_ms, row.int8_ms, row.bfloat16_ms))
    times = (f"{row.ms:.2f}", *others, f"{1e3 * row.weight_bytes / limits.bytes_read:.2f}", f"{row.t5_ms:.2f}")
    ratios = (_spread(row.ratio), _spread(row.cpu_ratio))
    return (f"{row.source} {row.stage}", str(row.batch), *times, *ratios, f"{row.warm_up_ms:.2f}", _mb(row.peak_bytes))


def _training(row: TrainingResult) -> tuple[str, ...]:
    rates = (f"{row.tokens_per_s:,.0f}", f"{row.flops / 1e9:.1f}", f"{row.flops / row.product_flops:.0%}")
    ratios = (_spread(row.ratio), _spread(row.cpu_ratio), f"{row.loader_ratio.median:.0f}")
    ours, t5, first = (f"{1e3 * seconds:.0f}" for seconds in (row.step_s, row.t5_s, row.warm_up_s))
    return (f"{row.source} {row.stage}", str(row.batch), ours, *rates, t5, *ratios, first, _mb(row.peak_bytes))


def _comparison(row: Comparison) -> tuple[str, ...]:
    work = row.work
    ours = (f"{row.seconds:.3g}", f"{work.units / row.seconds:.3g} {work.unit}s")
    ratios = (_spread(row.ratio, 2), _spread(row.cpu_ratio, 2), f"{work.target:g}")
    other = (work.other, f"{row.other_s:.3g}")
    return (work.name, *ours, *other, *ratios, f"{row.warm_up_s:.3g}", _mb(row.peak_bytes), row.note)


def _evaluation(row: EvaluationSpeed) -> tuple[str, ...]:
    each = _spread(row.per_clip_s, 2)
    times = (f"{row.seconds:.1f}", f"{row.half_s:.1f}", each, f"{row.many_s:.0f}", f"{TARGET_S:.0f}")
    return (str(row.clips), *times, f"{row.warm_up_s:.1f}", _mb(row.peak_bytes))


def _startup(row: StartupResult) -> tuple[str, ...]:
    return (row.command, f"{row.median_s:.2f}", f"{row.least_s:.2f} to {row.most_s:.2f}")


def _spread(ratio: Ratio, digits: int = 1) -> str:
    return f"{ratio.median:.{digits}f} ({ratio.least:.{digits}f} to {ratio.most:.{digits}f})"


def _mb(size: int) -> str:
    return f"{size / 1e6:.0f}"
