"""`v2meow web`."""

from pathlib import Path
from urllib.request import urlopen

import pytest
from tests.support.project import command, make_project, run
from tests.support.servers import free_port, listening, serving
from tests.support.small_models import make_small_models

from v2meow_pipeline.app.commands import web
from v2meow_pipeline.errors import V2MeowError


def test_without_the_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches an ImportError with a traceback."""
    monkeypatch.setattr(web, "MODULES", ("gradio", "a_module_that_is_not_installed"))
    with pytest.raises(V2MeowError, match=r"a_module_that_is_not_installed\. Install them, in the clone: .*\.\[web\]"):
        web.web()


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--replicas", "semantic=2"], "no effect without --ray"),
        (["--ray", "--replicas", "semantic"], "not a number of replicas"),
        (["--ray", "--replicas", "semantic=0"], "not a number of replicas"),
    ],
)
def test_wrong_numbers_of_replicas_are_one_line(tmp_path: Path, words: list[str], part: str) -> None:
    """Catches replicas that are read and ignored."""
    told = run(make_project(tmp_path / "project"), "v2meow", "web", *words, code=2)
    assert part in told and told.count("\n") == 1


def test_missing_models_are_one_line(tmp_path: Path) -> None:
    """Catches a server that starts and fails at the first job."""
    pytest.importorskip("gradio")
    told = run(make_project(tmp_path / "project"), "v2meow", "web", "--model", "nothing", code=2)
    assert told.startswith("v2meow: ") and told.count("\n") == 1


@pytest.mark.slow
def test_the_page_opens_on_this_machine_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a server that the network can reach, and one that leaves its address busy."""
    pytest.importorskip("gradio")
    models, port = make_small_models(tmp_path / "small"), free_port()
    monkeypatch.chdir(make_project(tmp_path / "project"))
    words = [command("v2meow"), "web", "--model", str(models), "--port", str(port)]
    with serving(words, {}, f"http://127.0.0.1:{port}/api/v1/limits", tmp_path / "log") as pid:
        assert listening(pid) == {"127.0.0.1"}
        with urlopen(f"http://127.0.0.1:{port}/", timeout=30) as response:
            assert b"v2meow" in response.read()
    assert (tmp_path / "project/data/web/jobs.sqlite").is_file()
