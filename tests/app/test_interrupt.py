"""Ctrl-C and other signals during `v2meow generate`, and the estimate that is shown before long work."""

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import IO

import pytest
from tests.support.media_makers import make_constant
from tests.support.project import command
from tests.support.signals import accept_signals
from tests.support.small_models import make_small_models

from v2meow_pipeline.composer.estimate import SHORTEST_S

PATIENCE_S = 600.0


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small models."""
    return make_small_models(tmp_path_factory.mktemp("models") / "small")


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("sampling", signal.SIGINT),
        ("sampling", signal.SIGTERM),
        ("sampling", signal.SIGHUP),
        ("writing", signal.SIGINT),
        ("writing", signal.SIGTERM),
    ],
)
def test_an_interrupted_run_leaves_nothing_behind(
    moment: str, number: signal.Signals, models: Path, tmp_path: Path
) -> None:
    """Catches partial outputs, temporary files, a traceback, and an exit code of success."""
    video, output = make_constant(tmp_path / "clip.mp4", 5, SHORTEST_S), tmp_path / "out"
    output.mkdir()
    words = [command("v2meow"), "generate", str(video), "-o", str(output / "out.mp4"), "--model", str(models)]
    environment = os.environ | {"TMPDIR": str(output)}
    # Ctrl-C and a closed terminal are sent to all its processes, so also to ffmpeg.
    process = subprocess.Popen(
        words,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=accept_signals,
    )
    try:
        assert process.stderr is not None
        assert "GB of memory for 60 s of video." in _estimate(process.stderr)
        if moment == "writing":
            _wait_for_partial(output, process)
        os.killpg(process.pid, number)
        _, errors = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert [*output.iterdir()] == []


def _estimate(lines: IO[str]) -> str:
    """The line with the estimate; on a slow machine, lines about the progress of the trial precede it."""
    return next(line for line in lines if line.startswith("About "))


def _wait_for_partial(folder: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not [*folder.glob(".*.partial")]:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.002)
