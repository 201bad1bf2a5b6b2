"""Where a run's data came from."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.support.project import ROOT, command, git

from v2meow_pipeline.tracking.provenance import dvc_hashes, dvc_tags

PIPELINE = """
stages:
  copy:
    cmd: cp -r data/01_raw/mine data/copied
    deps: [data/01_raw/mine]
    outs: [data/copied]
"""


def _run(folder: Path, *words: str) -> None:
    subprocess.run([command(words[0]), *words[1:]], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def tracked(tmp_path: Path) -> Path:
    """A project with a video under DVC, and one stage that has run."""
    (tmp_path / "data/01_raw/mine").mkdir(parents=True)
    (tmp_path / "data/01_raw/mine/a.mp4").write_text("video")
    (tmp_path / "dvc.yaml").write_text(PIPELINE)
    _run(tmp_path, "dvc", "init", "--quiet", "--no-scm")
    _run(tmp_path, "dvc", "add", "--quiet", "data/01_raw/mine")
    _run(tmp_path, "dvc", "repro", "--quiet")
    return tmp_path


def test_hashes_are_those_of_the_bytes_that_lie_there(tracked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a run that names data which it did not see: replaced since, deleted since, or not made yet."""
    hashes = dvc_hashes(tracked)
    assert set(hashes) == {"data/01_raw/mine", "data/copied"}
    assert hashes["data/01_raw/mine"] == hashes["data/copied"]
    assert hashes["data/copied"].endswith(".dir")
    monkeypatch.setenv("DVC_STAGE", "copy")
    assert set(dvc_hashes(tracked)) == {"data/01_raw/mine"}
    monkeypatch.delenv("DVC_STAGE")
    (tracked / "data/01_raw/mine/a.mp4").write_text("other")
    assert set(dvc_hashes(tracked)) == {"data/copied"}


def test_tags_name_raw_data_lock_and_stage(tracked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a run whose data cannot be found again, and tags that bury the run's other tags."""
    monkeypatch.setenv("DVC_STAGE", "train@semantic")
    tags = dvc_tags(tracked)
    assert set(tags) == {"dvc.lock", "dvc.stage", "dvc.data/01_raw/mine"}
    assert tags["dvc.lock"] == hashlib.md5((tracked / "dvc.lock").read_bytes()).hexdigest()
    assert tags["dvc.stage"] == "train@semantic"


def test_own_videos_are_seen_by_dvc_and_not_by_git(tmp_path: Path) -> None:
    """Catches a .gitignore for which DVC passes over data/ and its pointers, or git keeps videos."""
    project, videos = tmp_path / "project", tmp_path / "videos"
    (project / "data/01_raw").mkdir(parents=True)
    videos.mkdir()
    (videos / "a.mp4").write_text("video")
    shutil.copy(ROOT / ".gitignore", project)
    git(project, "init", "-q")
    _run(project, "dvc", "init", "--quiet")
    git(project, "add", "--all")
    git(project, "commit", "-q", "-m", "start")
    _run(project, "dvc", "add", "--quiet", str(videos), "--out", "data/01_raw/mine")
    status = subprocess.run(
        ["git", "status", "--porcelain", "-uall"], cwd=project, capture_output=True, text=True, check=True
    )
    assert status.stdout == "?? data/01_raw/mine.dvc\n"
    assert "dvc.data/01_raw/mine" in dvc_tags(project)


def test_without_dvc_there_are_no_tags(tmp_path: Path) -> None:
    """Catches a run that fails, or waits for DVC, where DVC was never used."""
    assert dvc_tags(tmp_path) == {}
    assert dvc_hashes(tmp_path) == {}
