"""What happens inside `dvc repro`, with a stage that skips what is there, as nodes do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.project import command

PIPELINE = """
stages:
  work:
    cmd: {python} src/work.py
    params: [lr]
    deps: [src]
    outs:
      - kept: {{persist: true}}
      - note
"""
# A node: it makes two parts, and a killed run leaves the first. Parts that have the fingerprint of `lr` are current.
WORK = """
from pathlib import Path
import os, sys
from v2meow_pipeline.hooks.dvc_code_guard import forget_older_code
forget_older_code()
lr, kept = Path("params.yaml").read_text(), Path("kept")
kept.mkdir(exist_ok=True)
for part in ("a", "b"):
    place = kept / part
    if not (place.is_file() and place.read_text().startswith(lr)):
        place.write_text(lr + VERSION)
    if os.environ.get("KILLED"):
        os._exit(9)
Path("note").write_text("done")
"""


def _repro(project: Path, code: int = 0, **env: str) -> str:
    done = subprocess.run(
        [command("dvc"), "repro"], cwd=project, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def _version(project: Path, version: str) -> None:
    (project / "src/work.py").write_text(f"VERSION = {version!r}\n" + WORK)


def _parts(project: Path) -> list[str]:
    return [(project / "kept" / part).read_text().splitlines()[-1] for part in ("a", "b")]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose stage has run once, with version 1 of its code."""
    (tmp_path / "src").mkdir()
    (tmp_path / "dvc.yaml").write_text(PIPELINE.format(python=sys.executable))
    (tmp_path / "params.yaml").write_text("lr: 1\n")
    _version(tmp_path, "v1")
    subprocess.run([command("dvc"), "init", "--quiet", "--no-scm"], cwd=tmp_path, check=True)
    _repro(tmp_path)
    assert _parts(tmp_path) == ["v1", "v1"]
    return tmp_path


def test_other_code_makes_again_what_is_kept(project: Path) -> None:
    """Catches a stage that DVC runs because its code changed, and that finds everything current."""
    _version(project, "v2")
    _repro(project)
    assert _parts(project) == ["v2", "v2"]
    assert "up to date" in _repro(project)


def test_a_killed_run_goes_on(project: Path) -> None:
    """Catches work of a killed run that is thrown away when the same command is given again."""
    _version(project, "v2")
    _repro(project, code=255, KILLED="1")
    finished = (project / "kept/a").stat().st_mtime_ns
    assert not (project / "kept/b").exists()
    _repro(project)
    assert _parts(project) == ["v2", "v2"]
    assert (project / "kept/a").stat().st_mtime_ns == finished


@pytest.mark.slow
def test_another_parameter_leaves_it_to_the_node(project: Path) -> None:
    """Catches parts thrown away that a change of parameters left current."""
    (project / "kept/a").write_text("lr: 2\nv1")
    before = (project / "kept/a").stat().st_mtime_ns
    (project / "params.yaml").write_text("lr: 2\n")
    _repro(project)
    assert (project / "kept/a").stat().st_mtime_ns == before
    assert (project / "kept/b").read_text() == "lr: 2\nv1"


@pytest.mark.slow
def test_what_was_made_without_dvc_is_taken_over(project: Path) -> None:
    """Catches the first `dvc repro` after a demo that makes everything again."""
    (project / "dvc.lock").unlink()
    subprocess.run(["rm", "-r", ".dvc/tmp"], cwd=project, check=True)
    before = (project / "kept/a").stat().st_mtime_ns
    _version(project, "v2")
    _repro(project)
    assert (project / "kept/a").stat().st_mtime_ns == before
