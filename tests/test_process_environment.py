"""What other packages are told, whoever starts us and however."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from v2meow_pipeline import process_environment

SCORE = """
import numpy as np
from v2meow_pipeline.encoders.speech_embedding import SpeechEmbedding
from v2meow_pipeline.metrics.rhythm import analyse_rhythm
wave = np.random.default_rng(0).standard_normal(48000).astype(np.float32) / 10
SpeechEmbedding().embed(wave)
analyse_rhythm(wave, 16000)
"""


def _environment(**changed: str) -> dict[str, str]:
    """That of a person who has set nothing."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1", **changed}


def test_listening_leaves_nothing_at_home(tmp_path: Path) -> None:
    """Catches ONNX Runtime's device id and queue of events, which it writes unless it is told not to."""
    subprocess.run([sys.executable, "-c", SCORE], env=_environment(HOME=str(tmp_path)), check=True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_user_without_a_home_and_without_a_name_can_work(tmp_path: Path) -> None:
    """Catches packages that ask for a home that there is not, or cannot be written to."""
    if os.getuid() != 0:
        pytest.skip("another user can be played by root only")
    if not all(folder.stat().st_mode & 0o001 for folder in Path(process_environment.__file__).parents):
        pytest.skip("the checkout may not be read by others")
    look = SCORE + "import pathlib; print(pathlib.Path.home())"
    for home in ({}, {"HOME": "/"}):
        command = ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups", sys.executable, "-c", look]
        told = subprocess.run(command, env=_environment(**home), capture_output=True, text=True)
        assert told.returncode == 0, told.stderr
        where = "/" if home else f"{os.environ.get('TMPDIR', '/tmp')}/v2meow-12345"
        assert told.stdout.splitlines()[-1] == where


def test_a_temporary_folder_of_somebody_else_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches files of another user that a package would load, from a folder whose name anybody can guess."""
    monkeypatch.setattr(process_environment.tempfile, "tempdir", str(tmp_path))
    ours = process_environment._own_folder()
    assert ours == process_environment._own_folder() and ours.stat().st_mode & 0o777 == 0o700
    ours.chmod(0o777)
    assert process_environment._own_folder() != ours
    ours.rmdir()
    ours.symlink_to(tmp_path)
    assert process_environment._own_folder() != ours


def test_the_token_of_a_cluster_is_used(tmp_path: Path) -> None:
    """Catches a cluster with a token to which Ray connects without it, and waits for ever."""
    (tmp_path / ".ray").mkdir()
    (tmp_path / ".ray/auth_token").write_text("secret")
    look = "import os, v2meow_pipeline; print(os.environ.get('RAY_AUTH_MODE'))"
    for home, told in ((tmp_path, "token"), (tmp_path / ".ray", "None")):
        done = subprocess.run([sys.executable, "-c", look], env=_environment(HOME=str(home)), stdout=subprocess.PIPE)
        assert done.stdout.decode().strip() == told


def test_the_server_of_runs_starts_no_processes_for_jobs(tmp_path: Path) -> None:
    """Catches `v2meow ui` with eight processes of 245 MB more than it needs, and a variable that MLflow renamed."""
    look = (
        "import v2meow_pipeline\n"
        "from mlflow.environment_variables import MLFLOW_SERVER_ENABLE_JOB_EXECUTION as jobs\n"
        "assert jobs.get() is False"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", look], env=_environment(HOME=str(tmp_path)), check=True)
