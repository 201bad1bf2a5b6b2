"""`v2meow ui` and `v2meow repair`."""

from pathlib import Path
from urllib.request import urlopen

import pytest
from tests.support.project import command, make_project, run
from tests.support.servers import free_port, listening, serving

# The trained project is made once: all tests that look at it run in one worker.
pytestmark = pytest.mark.xdist_group("trained")


def test_a_repair_says_what_it_did(tmp_path: Path, trained: Path) -> None:
    """Catches a repair that changes a project which is where it was, or that fails with a traceback in a new one."""
    assert run(trained, "v2meow", "repair") == "0 addresses corrected.\n"
    told = run(make_project(tmp_path / "new"), "v2meow", "repair", code=2)
    assert told.startswith("v2meow: There is no") and told.count("\n") == 1


@pytest.mark.slow
def test_the_ui_opens_on_the_comparison(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a UI that the network can reach, or an address that opens on nothing."""
    port = free_port()
    monkeypatch.chdir(trained)
    words = [command("v2meow"), "ui", "--port", str(port), "--env", "test"]
    with serving(words, {}, f"http://127.0.0.1:{port}/health", tmp_path / "log") as pid:
        assert f"Compare runs: http://127.0.0.1:{port}/#/experiments/" in (tmp_path / "log").read_text()
        assert listening(pid) == {"127.0.0.1"}
        with urlopen(f"http://127.0.0.1:{port}/", timeout=30) as response:
            assert b"MLflow" in response.read()
