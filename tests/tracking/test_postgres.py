"""A store for several people: PostgreSQL behind an MLflow server, which also keeps the files."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import mlflow
import pytest
from tests.support.project import command, run
from tests.support.servers import free_port, listening, serving

from v2meow_pipeline.app.demo import real_clip
from v2meow_pipeline.media.probe import probe

# The trained project is made once: all tests that look at it run in one worker.
pytestmark = [pytest.mark.xdist_group("trained"), pytest.mark.slow]
DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[str]:
    """The address of a database of its own, on the loopback; Debian's programs, as the user that they insist on."""
    if not DEBIAN:
        pytest.skip("Debian's PostgreSQL is not installed (apt-get install postgresql)")
    if find_spec("psycopg") is None:
        pytest.skip("the database's driver is not installed (pip install '.[postgres]')")
    binaries, port = DEBIAN[-1].parent, free_port()
    # PostgreSQL refuses to run as root, and its user cannot reach pytest's folder.
    folder = Path(subprocess.check_output([*_user(), "mktemp", "-d", "/tmp/v2meow-pg-XXXXXX"], text=True).strip())
    init = [*_user(), str(binaries / "initdb"), "-D", str(folder / "db"), "-A", "trust", "-U", "mlflow"]
    subprocess.run(init, check=True, capture_output=True)
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder}"
    control = [*_user(), str(binaries / "pg_ctl"), "-D", str(folder / "db"), "-l", str(folder / "log")]
    subprocess.run([*control, "-w", "-o", options, "start"], check=True, capture_output=True)
    try:
        yield f"postgresql://mlflow@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True)
        shutil.rmtree(folder)


def test_runs_and_models_of_a_server_with_postgres(
    trained: Path, postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches what only SQLite or local files do: tracking, registering and generating through a server."""
    port = free_port()
    store = ["--backend-store-uri", postgres, "--artifacts-destination", str(tmp_path / "artifacts")]
    words = [command("mlflow"), "server", *store, "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    address, models = f"http://127.0.0.1:{port}", tmp_path / "weights"
    monkeypatch.setenv("V2MEOW_TRACKING_URI", address)
    monkeypatch.setenv("V2MEOW_MODELS", str(models))
    with serving(words, {}, f"{address}/health", tmp_path / "log") as pid:
        assert listening(pid) == {"127.0.0.1"}
        run(trained, "kedro", "run", "--pipeline", "train", "--env", "test")
        client = mlflow.MlflowClient(address)
        experiment = client.get_experiment_by_name("v2meow-test")
        (found,) = client.search_runs([experiment.experiment_id])
        assert found.info.status == "FINISHED" and found.data.metrics["semantic/val/loss"] > 0
        listed = run(trained, "v2meow", "registry", "promote", "--yes", "--env", "test", "--reason", "the first")
        assert "(candidate, champion)" in listed
        for name in ("first.mp4", "second.mp4"):
            words = ["v2meow", "generate", str(real_clip()), "-o", str(tmp_path / name)]
            run(trained, *words, "--model", "models:/v2meow-test@champion")
        assert probe(tmp_path / "first.mp4").frame_count == 250
        (kept,) = (models.parent / "registered").iterdir()
        assert (kept / "bundle.json").is_file()


def _user() -> list[str]:
    """What runs a program as PostgreSQL's user."""
    return ["runuser", "-u", "postgres", "--"] if sys.platform == "linux" and os.geteuid() == 0 else []
