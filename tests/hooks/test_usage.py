"""Processor time and memory of a step, of this process and of others that it starts."""

import subprocess
import sys
import time

import numpy as np

from v2meow_pipeline.hooks.usage import UsageMeter

MIB = 2**20


def test_memory_that_was_freed_counts() -> None:
    """Catches the memory at the end of a step in place of its peak."""
    before = UsageMeter(0.02).stop().peak_gib
    meter = UsageMeter(0.02)
    block = np.ones(256 * MIB // 8)
    time.sleep(0.3)
    del block
    assert 0.2 < meter.stop().peak_gib - before < 0.5


def test_child_processes_count() -> None:
    """Ray workers and worker processes hold most of a training's memory."""
    meter = UsageMeter(0.02)
    before = meter._peak_bytes
    busy = "import time; block = b'x' * (200 << 20)\nwhile time.process_time() < 1: pass\ntime.sleep(1)"
    subprocess.run([sys.executable, "-c", busy], check=True)
    usage = meter.stop()
    assert usage.peak_gib * 2**30 - before > 190 * MIB
    assert usage.cpu_s > 0.9
