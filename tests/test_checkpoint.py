"""Checkpoints: whole or absent, for the right clock, never unpickled."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from v2meow_pipeline import checkpoint
from v2meow_pipeline.checkpoint import (
    WEIGHTS_NAME,
    atomic_path,
    is_current,
    load_checkpoint,
    save_checkpoint,
    write_text,
)
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import StaleError, V2MeowError

WEIGHTS = {"w": np.arange(6, dtype=np.float32).reshape(2, 3)}


def _config(**changes: object) -> dict[str, object]:
    return {"kind": "thing", "fingerprint": "f" * 16, "clock": Clock().fingerprint_of_tokens(), **changes}


def test_round_trip_and_replacement(tmp_path: Path) -> None:
    """Catches a second save that fails, or that leaves a file of the first."""
    save_checkpoint(tmp_path / "c", _config(), WEIGHTS)
    save_checkpoint(tmp_path / "c", _config(fingerprint="other"), {"v": WEIGHTS["w"] + 1})
    loaded = load_checkpoint(tmp_path / "c", "thing", Clock())
    assert set(loaded.weights) == {"v"}
    np.testing.assert_array_equal(loaded.weights["v"], WEIGHTS["w"] + 1)
    assert is_current(tmp_path / "c", "other")
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


def test_another_clock_is_refused_with_both_values(tmp_path: Path) -> None:
    """Catches tokens of one codec that are decoded with another."""
    save_checkpoint(tmp_path / "c", _config(), WEIGHTS)
    with pytest.raises(StaleError, match="acoustic_levels is 12, not 8"):
        load_checkpoint(tmp_path / "c", clock=Clock(acoustic_levels=8))


def test_another_kind_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    """Catches a codec that is loaded where a stage belongs."""
    save_checkpoint(tmp_path / "c", _config(), WEIGHTS)
    with pytest.raises(V2MeowError, match="not a 'stage'"):
        load_checkpoint(tmp_path / "c", "stage")
    with pytest.raises(V2MeowError, match="no checkpoint"):
        load_checkpoint(tmp_path / "d")


def test_truncated_weights_are_refused(tmp_path: Path) -> None:
    """Catches a copy that broke off."""
    save_checkpoint(tmp_path / "c", _config(), WEIGHTS)
    weights = tmp_path / "c" / WEIGHTS_NAME
    weights.write_bytes(weights.read_bytes()[:-4])
    with pytest.raises(V2MeowError, match="cannot be read"):
        load_checkpoint(tmp_path / "c")


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    """Catches a half-written file under the real name."""
    target = tmp_path / "file"
    target.write_text("old")
    with pytest.raises(RuntimeError), atomic_path(target) as temporary:
        temporary.write_text("ne")
        raise RuntimeError
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_kill_9_in_the_middle_leaves_the_old_checkpoint(tmp_path: Path) -> None:
    """Catches a save that passes through a state in which neither the old nor the new checkpoint is whole."""
    save_checkpoint(tmp_path / "c", _config(), WEIGHTS)
    code = (
        "import os, signal, sys, pathlib\n"
        "from v2meow_pipeline.checkpoint import atomic_path\n"
        "with atomic_path(pathlib.Path(sys.argv[1])) as t:\n"
        "    t.mkdir(); (t / 'config.json').write_text('{}'); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "c")], check=False, env=dict(os.environ))
    assert done.returncode == -9
    assert load_checkpoint(tmp_path / "c", "thing").config["fingerprint"] == "f" * 16


def test_weights_of_another_checkpoint_are_refused(tmp_path: Path) -> None:
    """Catches a config that vouches for weights which were swapped, or damaged without changing their length."""
    for name, value in (("a", 1.0), ("b", 2.0)):
        save_checkpoint(tmp_path / name, {"kind": "x"}, {"w": np.full(3, value)})
    (tmp_path / "b" / "weights.safetensors").replace(tmp_path / "a" / "weights.safetensors")
    with pytest.raises(V2MeowError, match="not those"):
        load_checkpoint(tmp_path / "a")


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
    code = "import sys, time; from pathlib import Path; from v2meow_pipeline.checkpoint import atomic_path\n"
    code += "with atomic_path(Path(sys.argv[1])) as p: p.write_text('x'); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code, tmp_path / "[o].txt"], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline()
        write_text(tmp_path / "[o].txt", "mine")
        assert len(list(tmp_path.iterdir())) == 2, "the other one is still at work"
        other.kill()
    checkpoint._sweep.cache_clear()  # as in another process
    write_text(tmp_path / "[o].txt", "mine")
    assert [path.name for path in tmp_path.iterdir()] == ["[o].txt"]


def test_of_two_exclusive_writers_the_first_wins(tmp_path: Path) -> None:
    """Catches two commands with one output that both say that they made it."""
    with pytest.raises(V2MeowError, match="meanwhile"), atomic_path(tmp_path / "o", exclusive=True) as slow:
        slow.write_text("slow")
        with atomic_path(tmp_path / "o", exclusive=True) as quick:
            quick.write_text("quick")
    assert (tmp_path / "o").read_text() == "quick" and [path.name for path in tmp_path.iterdir()] == ["o"]
