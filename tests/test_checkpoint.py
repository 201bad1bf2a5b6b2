"""Checkpoints: whole or absent, for the right clock, never unpickled."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from v2meow_pipeline.checkpoint import WEIGHTS_NAME, is_current, load_checkpoint, save_checkpoint
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


def test_kill_9_in_the_middle_leaves_the_old_checkpoint(tmp_path: Path) -> None:
    """Catches a save that passes through a state in which neither the old nor the new checkpoint is whole."""
    save_checkpoint(tmp_path / "c", _config(), WEIGHTS)
    code = (
        "import os, signal, sys, pathlib\n"
        "from v2meow_pipeline.atomic import atomic_path\n"
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
    with pytest.raises(V2MeowError, match="do not match the hash"):
        load_checkpoint(tmp_path / "a")
