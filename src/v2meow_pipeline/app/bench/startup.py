"""Benchmark of start-up: new processes, timed until they exit."""

import statistics
import subprocess
import sys
import time
from typing import NamedTuple

from v2meow_pipeline.release import find_release

HELP = "from v2meow_pipeline.app.main import app; app(['--help'], standalone_mode=False)"
# What `v2meow generate` imports before it reads models and video.
IMPORTS = """
from v2meow_pipeline.app import main
from v2meow_pipeline.composer import Composer, generate
from v2meow_pipeline.media.mux_config import MuxConfig
"""
LOADED = IMPORTS + "Composer.from_pretrained('release')"
COMMANDS = {
    "python": "pass",
    "import torch": "import torch",
    "v2meow --help": HELP,
    "v2meow generate, imports": IMPORTS,
}
WITH_RELEASE = {"v2meow generate, release loaded": LOADED}


class StartupResult(NamedTuple):
    """Start-up of one command: median, smallest and largest wall-clock time in seconds, after one run to warm up."""

    command: str
    median_s: float
    least_s: float
    most_s: float


def benchmark(repeats: int) -> list[StartupResult]:
    """Times commands in turn, in new processes.

    Args:
        repeats: number of repetitions.

    Returns:
        A result per command of `COMMANDS`, and of `WITH_RELEASE` if the release is installed.
    """
    commands = {**COMMANDS, **(WITH_RELEASE if find_release() else {})}
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(repeats + 1):
        for name, code in commands.items():
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
            times[name].append(time.perf_counter() - started)
    return [
        StartupResult(name, statistics.median(values[1:]), min(values[1:]), max(values[1:]))
        for name, values in times.items()
    ]
