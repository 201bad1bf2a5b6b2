"""The database of runs, made by whoever comes first."""

import logging
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Param
from mlflow.exceptions import MlflowException
from tests.support.small_disk import fill, small_disk

from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.run_errors import one_line
from v2meow_pipeline.tracking.database import LOCK, NAME, prepare_database

CONNECT = """
import sys, pathlib
from v2meow_pipeline.tracking.runs import TrackingConfig, end_run, start_run
config = TrackingConfig(system_metrics_every_s=None)
start_run(pathlib.Path(sys.argv[1]), config, "run", {}, {})
end_run(failed=False)
"""


def _first_run(project: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-W", "ignore", "-c", CONNECT, str(project)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def _count(database: Path) -> int:
    with sqlite3.connect(database) as connection:
        return int(connection.execute("SELECT count(*) FROM runs").fetchone()[0])


def test_two_first_runs_at_once(tmp_path: Path) -> None:
    """Catches both failing, and every later run with them."""
    runs = [_first_run(tmp_path) for _ in range(2)]
    assert [(run.wait(), run.stderr.read() if run.stderr else "") for run in runs] == [(0, ""), (0, "")]
    assert _count(tmp_path / "mlruns" / NAME) == 2


@pytest.mark.parametrize("after_s", [0.3, 1.0])
def test_a_first_run_that_is_killed_leaves_nothing_in_the_way(tmp_path: Path, after_s: float) -> None:
    """Catches a half-made database under its real name."""
    run = _first_run(tmp_path)
    deadline = time.monotonic() + 60
    while not (tmp_path / "mlruns" / LOCK).exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(after_s)
    run.send_signal(signal.SIGKILL)
    run.wait()
    database = prepare_database(tmp_path / "mlruns")
    assert _count(database) == 0
    assert {path.name for path in (tmp_path / "mlruns").iterdir()} == {NAME, LOCK}


def test_a_half_made_database_is_put_aside_unless_it_holds_runs(tmp_path: Path) -> None:
    """Catches an error of Alembic for ever after, and runs that are thrown away."""
    store = tmp_path / "mlruns"
    store.mkdir()
    with sqlite3.connect(store / NAME) as connection:
        connection.execute("CREATE TABLE runs (name TEXT)")
        connection.execute("CREATE TABLE _alembic_tmp_runs (name TEXT)")
    assert _count(prepare_database(store)) == 0
    assert len(list(store.glob("*.damaged"))) == 1
    with sqlite3.connect(store / NAME) as connection:
        connection.execute("CREATE TABLE _alembic_tmp_runs (name TEXT)")
        connection.execute("INSERT INTO runs (run_uuid, status, lifecycle_stage) VALUES ('a', 'FINISHED', 'active')")
    with pytest.raises(V2MeowError, match="is damaged"):
        prepare_database(store)
    assert _count(store / NAME) == 1


def test_a_full_disk_is_not_logged_with_a_traceback(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches sixty lines of MLflow's above the line that says that the disk is full."""
    with small_disk(tmp_path / "disk", "4m"):
        database = prepare_database(tmp_path / "disk")
        client = MlflowClient(f"sqlite:///{database}")
        run = client.create_run("0").info.run_id
        fill(tmp_path / "disk" / "other")
        monkeypatch.setattr(logging.getLogger("mlflow"), "propagate", True)
        with pytest.raises(MlflowException) as caught:
            client.log_batch(run, params=[Param(f"name {index}", "x" * 400) for index in range(99)])
        assert "disk is full" in (one_line(caught.value) or "")
    assert caplog.records == []
