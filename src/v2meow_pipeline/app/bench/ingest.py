"""Benchmark of ingest and of frame sampling against a bare decode by ffmpeg of the same files."""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from v2meow_pipeline.app.bench.clips import BenchClips
from v2meow_pipeline.app.bench.comparison import Comparison, Work, compare
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.audio import write_clip_audio
from v2meow_pipeline.corpus.decoding import decode_clips
from v2meow_pipeline.corpus.ingest import IngestConfig, build_tables
from v2meow_pipeline.corpus.variants import VisualConfig
from v2meow_pipeline.encoders.registry import build_visual
from v2meow_pipeline.media.ffmpeg import find_ffmpeg
from v2meow_pipeline.media.picture import FrameSpec
from v2meow_pipeline.parallel import SERIAL

TARGET = 0.85


def benchmark(clips: BenchClips, clock: Clock, repeats: int) -> list[Comparison]:
    """Benchmarks ingest, and the sampling of frames for the default visual encoders.

    Args:
        clips: files to read; their modification times are changed.
        clock: clip length and rates.
        repeats: number of repetitions.

    Returns:
        A result each.
    """
    paths, count = [video.path for video in clips.videos], len(clips.videos)
    rate = str(clock.sample_rate_hz)
    decode = ["-map", "0:v", "-map", "0:a", "-ac", "1", "-ar", rate, "-f", "null", "-"]
    specs = {name: build_visual(name, clock).frames for name in VisualConfig().extracted}

    def ours() -> None:
        for path in paths:
            os.utime(path)  # packet scans of unchanged files are cached
        with tempfile.TemporaryDirectory() as folder:
            manifest, _ = build_tables(clips.videos, IngestConfig.parse({}), clock)
            write_clip_audio(manifest, clock, Path(folder) / "clip_audio", SERIAL)

    def sampled() -> None:
        for _ in decode_clips(clips.manifest, specs, clock):
            pass

    whole = Work("ingest", count, "clip", "ffmpeg, decoding picture and sound", TARGET)
    frames = Work(f"frames for {', '.join(specs)}", count, "clip", "ffmpeg, same frame rates and sizes", TARGET)
    return [
        compare(whole, ours, lambda: _decode(paths, decode), repeats),
        compare(frames, sampled, lambda: _decode(paths, scaling(list(specs.values()))), repeats),
    ]


def scaling(specs: Sequence[FrameSpec]) -> list[str]:
    """Options of ffmpeg that sample and scale the frames of each specification from one decode, and discard them.

    Args:
        specs: formats of square frames.

    Returns:
        Options after the input; the aspect ratio of the picture is not kept, which makes no difference to the work.
    """
    names = [f"[s{i}]" for i in range(len(specs))]
    chains = [
        f"{name}fps={spec.fps},scale={spec.size_px}:{spec.size_px}:flags=area,"
        f"format={'gray' if spec.gray else 'rgb24'}[o{i}]"
        for i, (name, spec) in enumerate(zip(names, specs, strict=True))
    ]
    graph = ";".join([f"[0:v]split={len(specs)}{''.join(names)}", *chains])
    outputs = [word for i in range(len(specs)) for word in ("-map", f"[o{i}]", "-f", "null", "-")]
    return ["-filter_threads", "1", "-filter_complex_threads", "1", "-filter_complex", graph, *outputs]


def _decode(paths: Sequence[str], options: Sequence[str]) -> None:
    for path in paths:
        command = [find_ffmpeg(), "-nostdin", "-loglevel", "error", "-threads", "1", "-i", path, *options]
        subprocess.run(command, check=True)
