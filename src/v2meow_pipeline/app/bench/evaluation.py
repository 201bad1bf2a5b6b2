"""Benchmark of the evaluation of one system: seconds per clip."""

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from v2meow_pipeline.app.bench.clips import BenchClips
from v2meow_pipeline.app.bench.peak import peak_bytes, reset_peak
from v2meow_pipeline.app.bench.timing import Ratio, interleaved
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.evaluation.audio_sets import stored_audio
from v2meow_pipeline.evaluation.measure import MeasureConfig, measure_audio

MANY = 1000
TARGET_S = 250.0


class EvaluationSpeed(NamedTuple):
    """Result of the benchmark.

    Attributes:
        clips: number of evaluated clips.
        seconds: median wall-clock time for one system and the ground truth.
        half_s: the same for half of the clips.
        per_clip_s: wall-clock time of each further clip: median and range.
        warm_up_s: first evaluation, which imports and compiles.
        peak_bytes: peak memory of this process.
    """

    clips: int
    seconds: float
    half_s: float
    per_clip_s: Ratio
    warm_up_s: float
    peak_bytes: int

    @property
    def many_s(self) -> float:
        """Expected time for 1,000 clips, seconds."""
        return self.seconds + (MANY - self.clips) * self.per_clip_s.median


def benchmark(clips: BenchClips, clock: Clock, models: Path | None, repeats: int) -> EvaluationSpeed:
    """Evaluates one system, whose audio of a clip is that of the next one, with the default metrics.

    Args:
        clips: clips with audio and video, an even number.
        clock: rates; those of `models`.
        models: folder of trained models, for music-text spaces and tokens; None leaves their metrics out.
        repeats: number of repetitions.

    Returns:
        Times with all clips and with half of them, of which the difference is the time of further clips.
    """

    def evaluation(count: int) -> Callable[[], object]:
        facts = clips.manifest.head(count)
        truth = stored_audio(clips.audio, facts["clip_id"].tolist())
        system = truth.exchanged([*range(1, count), 0])
        return lambda: measure_audio({"next clip": system}, truth, facts, MeasureConfig(), clock, models)

    count = len(clips.manifest)
    half = count // 2
    reset_peak()
    times = interleaved({"all": evaluation(count), "half": evaluation(half)}, repeats)
    whole, part = times["all"].wall_s, times["half"].wall_s
    each = [(a - b) / (count - half) for a, b in zip(whole, part, strict=True)]
    per_clip = Ratio(statistics.median(each), min(each), max(each))
    warm_up_s, medians = times["all"].warm_up_s, (statistics.median(whole), statistics.median(part))
    return EvaluationSpeed(count, *medians, per_clip, warm_up_s, peak_bytes())
