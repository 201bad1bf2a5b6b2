"""A server of runs that is away: at the start, and in the middle of a run."""

import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import mlflow
import pytest

from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.experiments.retraining.new_data import registered_model
from v2meow_pipeline.tracking import outage
from v2meow_pipeline.tracking.artifacts import log_dataset
from v2meow_pipeline.tracking.outage import require_store
from v2meow_pipeline.tracking.runs import (
    TrackingConfig,
    child_run,
    end_run,
    is_tracked,
    log_artifact,
    log_metrics,
    run_tags,
    start_run,
    tag_run,
)


def free_port() -> int:
    """One that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(autouse=True)
def another_store_after(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The next test starts with a store that answers."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    before = mlflow.get_tracking_uri()
    yield
    outage.forget()
    mlflow.set_tracking_uri(before)


@pytest.mark.parametrize("uri", ["http://127.0.0.1:{}", "postgresql+psycopg://me:secret@127.0.0.1:{}/runs"])
def test_a_server_that_is_away_is_told_at_once(uri: str) -> None:
    """MLflow tries for minutes; and a password is not for a log."""
    started = time.monotonic()
    with pytest.raises(V2MeowError, match=r"MLflow store at .* is unreachable.*enabled: false") as caught:
        require_store(uri.format(free_port()))
    assert time.monotonic() - started < outage.CONNECT_S + 1
    assert "secret" not in str(caught.value)
    assert "Connection refused" in str(caught.value) and "HTTPConnection" not in str(caught.value)


def test_a_run_does_not_start_without_its_server(project: Path) -> None:
    """Catches a run that tries for minutes, or that computes what it cannot track."""
    started, config = time.monotonic(), TrackingConfig(tracking_uri=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(V2MeowError, match="is unreachable"):
        start_run(project, config, "test", {}, {})
    assert time.monotonic() - started < outage.CONNECT_S + 1 and mlflow.active_run() is None


def test_retraining_tells_a_lost_store_from_disabled_tracking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches advice to enable tracking where the server is down."""
    with pytest.raises(V2MeowError, match="tracking is disabled"):
        registered_model()
    outage.lose("the server ended")
    with pytest.raises(V2MeowError, match="became unreachable"):
        registered_model()


def test_a_server_that_asks_for_a_login_is_there() -> None:
    """Whatever it answers; only silence counts."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        answer = subprocess.Popen([sys.executable, "-c", ANSWER, str(server.fileno())], pass_fds=[server.fileno()])
        require_store(f"http://127.0.0.1:{port}")
        assert answer.wait(20) == 0


ANSWER = """
import socket, sys
server = socket.socket(fileno=int(sys.argv[1]))
client, _ = server.accept()
client.recv(4096)
client.sendall(b"HTTP/1.1 401 Unauthorized\\r\\nContent-Length: 0\\r\\n\\r\\n")
"""


def test_a_deleted_experiment_is_told_with_the_way_back(project: Path) -> None:
    """MLflow's own words name neither the experiment's number nor the store."""
    start_run(project, TrackingConfig(), "test", {}, {})
    end_run(failed=False)
    number = mlflow.get_experiment_by_name("v2meow").experiment_id
    mlflow.delete_experiment(number)
    with pytest.raises(V2MeowError, match=rf"v2meow was deleted.*restore --experiment-id {number}"):
        start_run(project, TrackingConfig(), "test", {}, {})


@pytest.fixture
def server(project: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """A real MLflow server over a database of its own."""
    port = free_port()
    uri, database = f"http://127.0.0.1:{port}", f"sqlite:///{project / 'mlruns' / 'mlflow.db'}"
    command = ["-m", "mlflow", "server", "--backend-store-uri", database, "--port", str(port), "--workers", "1"]
    process = subprocess.Popen(
        [sys.executable, *command, "--artifacts-destination", str(project / "artifacts")],
        env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    for _ in range(600):
        try:
            urlopen(f"{uri}/health", timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield uri, process
    kill(process)


def kill(process: "subprocess.Popen[bytes]") -> None:
    """The server and its workers."""
    if process.poll() is None:
        os.killpg(process.pid, 9)
        process.wait()


@pytest.mark.slow
def test_a_server_that_dies_costs_the_tracking_and_not_the_work(
    tmp_path: Path, project: Path, server: tuple[str, "subprocess.Popen[bytes]"], caplog: pytest.LogCaptureFixture
) -> None:
    """A training that ends without a checkpoint, because of curves, is hours lost; and one warning is enough."""
    uri, process = server
    start_run(project, TrackingConfig(tracking_uri=uri, write_every_s=1, system_metrics_every_s=None), "test", {}, {})
    (tmp_path / "file.txt").write_text("x")
    with child_run("semantic", {"lr": 0.1}) as handle:
        assert handle is not None
        (logger,) = handle.loggers()
        logger.log_metrics({"train/loss": 2.0}, step=1)
        kill(process)
        with caplog.at_level(logging.WARNING):
            logger.log_metrics({"train/loss": 2.0}, step=2)
            logger.finalize("success")
    assert not is_tracked() and run_tags() is None
    log_metrics({"a": 1.0})
    tag_run({"a": "b"})
    log_artifact(tmp_path / "file.txt")
    log_dataset("metrics", "scores", tmp_path / "file.txt", {"a": 1.0})
    with child_run("coarse", {}) as second:
        assert second is None
    end_run(failed=False)
    ours = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(ours) == 1 and "is no longer reachable" in ours[0].getMessage()
