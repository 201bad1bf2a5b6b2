"""Files and folders that are whole or absent."""

import subprocess
import sys
from pathlib import Path

import pytest

from v2meow_pipeline import atomic
from v2meow_pipeline.atomic import atomic_path, write_text
from v2meow_pipeline.errors import V2MeowError


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    """Catches a half-written file under the real name."""
    target = tmp_path / "file"
    target.write_text("old")
    with pytest.raises(RuntimeError), atomic_path(target) as temporary:
        temporary.write_text("ne")
        raise RuntimeError
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_is_never_replaced_by_a_file(tmp_path: Path) -> None:
    """Catches a mistyped output that deletes a folder with everything in it."""
    (tmp_path / "d.mp4").mkdir()
    (tmp_path / "d.mp4" / "keep.txt").write_text("x")
    with pytest.raises(V2MeowError, match="is a folder"):
        write_text(tmp_path / "d.mp4", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["d.mp4"]
    assert (tmp_path / "d.mp4" / "keep.txt").read_text() == "x"


def test_what_a_killed_process_left_is_swept_and_what_a_live_one_writes_stays(tmp_path: Path) -> None:
    """Catches hidden files that gather beside an output, and a second writer that deletes the first one's work."""
    code = "import sys, time; from pathlib import Path; from v2meow_pipeline.atomic import atomic_path\n"
    code += "with atomic_path(Path(sys.argv[1])) as p: p.write_text('x'); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code, tmp_path / "[o].txt"], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline()
        write_text(tmp_path / "[o].txt", "mine")
        assert len(list(tmp_path.iterdir())) == 2, "the other one is still at work"
        other.kill()
    atomic._remove_unfinished.cache_clear()  # as in another process
    write_text(tmp_path / "[o].txt", "mine")
    assert [path.name for path in tmp_path.iterdir()] == ["[o].txt"]


def test_a_folder_replaces_a_folder_and_is_swept_if_that_breaks_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches copies of old folders that gather after kills, and an old folder that is lost when a rename fails."""
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "old").touch()
    rename = Path.replace

    def fail_at_the_target(source: Path, target: Path) -> Path:
        if target == tmp_path / "d" and not (source / "old").exists():
            raise OSError
        return rename(source, target)

    with monkeypatch.context() as patched, pytest.raises(OSError), atomic_path(tmp_path / "d") as temporary:
        temporary.mkdir()
        patched.setattr(Path, "replace", fail_at_the_target)
    assert (tmp_path / "d" / "old").exists() and len(list(tmp_path.iterdir())) == 1
    code = "import os, sys; from pathlib import Path; from v2meow_pipeline.atomic import atomic_path\n"
    code += "r = Path.replace; Path.replace = lambda s, t: (r(s, t), os._exit(9))\n"
    code += "with atomic_path(Path(sys.argv[1])) as p: p.mkdir()"
    assert subprocess.run([sys.executable, "-c", code, tmp_path / "d"], check=False).returncode == 9
    atomic._remove_unfinished.cache_clear()
    with atomic_path(tmp_path / "d") as temporary:
        temporary.mkdir()
    assert [path.name for path in tmp_path.iterdir()] == ["d"] and not (tmp_path / "d" / "old").exists()


def test_of_two_exclusive_writers_the_first_wins(tmp_path: Path) -> None:
    """Catches two commands with one output that both say that they made it."""
    with pytest.raises(V2MeowError, match="meanwhile"), atomic_path(tmp_path / "o", exclusive=True) as slow:
        slow.write_text("slow")
        with atomic_path(tmp_path / "o", exclusive=True) as quick:
            quick.write_text("quick")
    assert (tmp_path / "o").read_text() == "quick" and [path.name for path in tmp_path.iterdir()] == ["o"]
