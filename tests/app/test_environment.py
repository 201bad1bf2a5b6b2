"""A project's configuration and store, outside a Kedro run."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import mlflow
import pytest
from tests.support.project import ROOT

from v2meow_pipeline.app.environment import load_config, open_store, resolve
from v2meow_pipeline.errors import ConfigError


def test_each_environment_registers_under_a_name_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Catches a toy of the test environment that becomes the candidate of the real models."""
    names = {load_config(ROOT, env, "mlflow")["model"] for env in ("base", "test", "paper")}
    assert names == {"v2meow", "v2meow-test", "v2meow-paper"}


def test_a_folder_stays_a_folder(tmp_path: Path) -> None:
    """Catches a store that is opened, and made, where nobody asked for one."""
    assert resolve("data/06_models", tmp_path) == Path("data/06_models")
    assert list(tmp_path.iterdir()) == []


def test_outside_a_project_a_server_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches registered models that only their own project can use, and a database made in any folder."""
    monkeypatch.delenv("V2MEOW_TRACKING_URI", raising=False)
    with pytest.raises(ConfigError, match="project's folder"):
        open_store(tmp_path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("V2MEOW_TRACKING_URI", f"http://127.0.0.1:{server.server_port}")
    assert open_store(tmp_path) == "v2meow"
    assert mlflow.get_tracking_uri() == f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    assert list(tmp_path.iterdir()) == []
