"""Estimate of the time and memory of long work, from short trials on this machine before it starts."""

import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch

from v2meow_pipeline.composer.composer import Composer
from v2meow_pipeline.composer.windows import ClipWindow
from v2meow_pipeline.models.decoding import decode
from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.models.stages import token_frames
from v2meow_pipeline.progress import note, observed

# Shorter work ends before an estimate would help.
SHORTEST_S = 60.0
TRIAL_S, TRIAL_WINDOWS = 1.0, 3
# Waveforms while the sound is mixed: bytes per second of video (measured: 0.6 MB), and per second of each take.
MIX_BYTES_PER_S, TAKE_BYTES_PER_S = 700_000, 64_000


class Estimate(NamedTuple):
    """Expected cost of the music of a video: `work_s` seconds, and `memory_bytes` at the peak."""

    work_s: float
    memory_bytes: float

    def describe(self, video_s: float) -> str:
        """One line for a terminal."""
        memory = f"{self.memory_bytes / 1e9:.1f} GB of memory"
        return f"About {_duration(self.work_s)} and {memory} for {_duration(video_s)} of video."


def estimate_work(composer: Composer, video: Path, windows: Sequence[ClipWindow], takes: int) -> Estimate | None:
    """Measures the speed of this machine, and shows how long the music of a long video will take.

    Args:
        composer: composer of the models.
        video: the video.
        windows: windows of the video.
        takes: number of takes.

    Returns:
        The estimate; None for a short video, for which nothing is measured or shown.
    """
    clip_s = composer.clock.clip_s
    video_s = windows[-1].start_s + clip_s
    if video_s < SHORTEST_S:
        return None
    features_s = _seconds_per_window(composer, video, windows) * len(windows)
    new_s = sum(clip_s - window.known_s for window in windows)
    tokens_s = sum(_seconds_per_second(composer, model, takes) for model in composer.bundle.stages.values()) * new_s
    memory = _used_bytes() + (MIX_BYTES_PER_S + TAKE_BYTES_PER_S * takes) * video_s
    estimate = Estimate(features_s + tokens_s, memory)
    note(estimate.describe(video_s))
    return estimate


def _seconds_per_window(composer: Composer, video: Path, windows: Sequence[ClipWindow]) -> float:
    """Time to extract the features of a window, seconds, without that of loading encoders before the first one."""
    finished_s: list[float] = []

    def observe(_description: str, done: int, _total: int | None) -> None:
        if done:
            finished_s.append(time.perf_counter())

    with observed(observe):
        composer.extract_features(video, windows[:TRIAL_WINDOWS])
    return (finished_s[-1] - finished_s[0]) / max(1, len(finished_s) - 1)


def _seconds_per_second(composer: Composer, model: StageModel, takes: int) -> float:
    """Time to sample one second of a stage's tokens, measured with empty conditions, seconds."""
    conditions = {
        stream.name: torch.zeros(stream.shape(takes, TRIAL_S), dtype=torch.long)
        for stream in model.conditioner.streams
        if not stream.optional
    }
    frames = token_frames(model.spec.output, composer.clock, TRIAL_S)
    sampling, rows = composer.config.of(model.spec.name), composer.config.rows
    # The first call is slower than those that follow.
    for _ in range(2):
        started = time.perf_counter()
        decode(model, conditions, list(range(takes)), frames, sampling, rows=rows)
    return (time.perf_counter() - started) / TRIAL_S


def _used_bytes() -> int:
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


def _duration(seconds: float) -> str:
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"
