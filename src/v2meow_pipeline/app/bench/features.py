"""Benchmark of feature extraction: one process against two."""

import math
import tempfile
from collections.abc import Callable
from pathlib import Path

from v2meow_pipeline.app.bench.clips import BenchClips, copied
from v2meow_pipeline.app.bench.comparison import Comparison, Work, compare
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.features import extract_visual_features
from v2meow_pipeline.corpus.variants import VisualConfig
from v2meow_pipeline.parallel import Processes

TARGET = 1.8
WORKERS = 2
SHARDS_PER_WORKER = 3
COPIES = 8


def benchmark(clips: BenchClips, clock: Clock, repeats: int) -> Comparison:
    """Benchmarks the extraction of the default visual features; the start of the processes is part of the time.

    Args:
        clips: clips; each is extracted several times.
        clock: rates.
        repeats: number of repetitions.

    Returns:
        Time with two processes, compared with one.
    """
    manifest, names = copied(clips.manifest, COPIES), VisualConfig().extracted
    per_shard = math.ceil(len(manifest) / (WORKERS * SHARDS_PER_WORKER))

    def extraction(workers: int) -> Callable[[], None]:
        def run() -> None:
            with tempfile.TemporaryDirectory() as folder:
                target = Path(folder) / "features"
                extract_visual_features(manifest, names, clock, target, Processes(workers), per_shard)

        return run

    work = Work(f"features ({', '.join(names)}), {WORKERS} processes", len(manifest), "clip", "1 process", TARGET)
    return compare(work, extraction(WORKERS), extraction(1), repeats)
