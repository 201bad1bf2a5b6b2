"""Runs the benchmarks by name."""

import tempfile
from pathlib import Path
from typing import Literal

from v2meow_pipeline.app.bench import decoding, evaluation, features, frechet, ingest, startup, training
from v2meow_pipeline.app.bench.clips import make_clips
from v2meow_pipeline.app.bench.results import Results
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.model_store import ModelStore
from v2meow_pipeline.models.checkpointing import load_stage
from v2meow_pipeline.release import find_release, open_release

BENCHMARKS = ("decode", "train", "ingest", "features", "evaluate", "startup")
Benchmark = Literal["decode", "train", "ingest", "features", "evaluate", "startup", "all"]


def run(what: Benchmark, project: Path, env: str, repeats: int, seconds: float, clips: int) -> Results:
    """Runs one benchmark, or all.

    Args:
        what: name of the benchmark.
        project: project folder, whose parameters give the sizes of the "default" stages.
        env: environment of these parameters; another than `base` leaves the release out.
        repeats: number of repetitions.
        seconds: duration of the decoded music, seconds.
        clips: number of generated clips for ingest, features and evaluation.

    Returns:
        The results.
    """
    wanted = set(BENCHMARKS) if what == "all" else {str(what)}
    results = Results(startup=tuple(startup.benchmark(repeats))) if "startup" in wanted else Results()
    if wanted & {"ingest", "features", "evaluate"}:
        results = _with_clips(results, wanted, repeats, clips)
    if wanted & {"decode", "train"}:
        cases = list(decoding.stage_cases(project, env))
        if "decode" in wanted:
            decoded = (
                decoding.benchmark(case, batch, repeats, seconds) for case in cases for batch in decoding.BATCHES
            )
            results = results._replace(decoding=tuple(decoded))
        if "train" in wanted:
            results = results._replace(training=tuple(training.benchmark(case, repeats) for case in cases))
    return results


def _with_clips(results: Results, wanted: set[str], repeats: int, count: int) -> Results:
    models, clock = _release()
    with tempfile.TemporaryDirectory() as folder:
        clips = make_clips(count, Path(folder), clock)
        if "ingest" in wanted:
            results = results._replace(comparisons=tuple(ingest.benchmark(clips, clock, repeats)))
        if "features" in wanted:
            result = features.benchmark(clips, clock, repeats)
            results = results._replace(comparisons=(*results.comparisons, result))
        if "evaluate" in wanted:
            speed = evaluation.benchmark(clips, clock, models, repeats)
            fad = frechet.benchmark(repeats)
            results = results._replace(evaluation=(speed,), comparisons=(*results.comparisons, *fad))
    return results


def _release() -> tuple[Path | None, Clock]:
    """Models and clock of the release; none and the default clock if it is not installed."""
    if find_release() is None:
        return None, Clock()
    folder = open_release().folder
    return folder, load_stage(ModelStore(folder).stage("semantic")).config.clock
