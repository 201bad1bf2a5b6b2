"""Processes that use librosa first on a new installation must not crash one another."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TRACK_BEATS = """
import numpy as np
from v2meow_pipeline.metrics.rhythm import analyse_rhythm

clicks = np.zeros(16000 * 8, dtype=np.float32)
clicks[::8000] = 1
assert len(analyse_rhythm(clicks, 16000).beats_s) > 10
"""
PROCESSES = 3


@pytest.mark.slow
def test_one_process_compiles_while_the_others_wait(tmp_path: Path) -> None:
    """If two compile, a function's two files can come from both: a segmentation fault, at once or ever after."""
    environment = dict(os.environ, NUMBA_CACHE_DIR=str(tmp_path), NUMBA_DEBUG_CACHE="1", OMP_NUM_THREADS="1")
    command = [sys.executable, "-c", TRACK_BEATS]
    started = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    printed = [process.communicate()[0] for process in started]
    assert [process.returncode for process in started] == [0] * PROCESSES
    assert sum("data saved to" in text for text in printed) == 1
