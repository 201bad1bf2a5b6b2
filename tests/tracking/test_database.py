"""The database of runs, made by whoever comes first."""

import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from v2meow_pipeline.errors import V2MeowError
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
