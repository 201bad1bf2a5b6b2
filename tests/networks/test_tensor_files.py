"""Files of tensors from strangers."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.networks.tensor_files import read_tensor_file, require_tensors

STATE = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.ones(2, dtype=torch.float16)}


def test_both_formats_hold_the_same(tmp_path: Path) -> None:
    """Catches a format that loses a name, a type or the order of values."""
    save_file(STATE, tmp_path / "m.safetensors")
    torch.save(STATE, tmp_path / "m.pth")
    for name in ("m.safetensors", "m.pth"):
        read = read_tensor_file(tmp_path / name, "Again.")
        assert read.keys() == STATE.keys()
        for key, value in STATE.items():
            torch.testing.assert_close(read[key], value)


class _Runs:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path.touch, (Path("ran"),))


def test_a_pickle_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches weights from a stranger that are a program."""
    monkeypatch.chdir(tmp_path)
    torch.save({"a.weight": _Runs()}, "m.pth")
    with pytest.raises(V2MeowError, match=r"m\.pth holds no readable weights"):
        read_tensor_file(tmp_path / "m.pth", "Again.")
    assert not Path("ran").exists()


@pytest.mark.parametrize("content", [b"", b"half a file", b"<!DOCTYPE html>", b"\x80\x02}q", b"PK\x03\x04 half"])
@pytest.mark.parametrize("name", ["m.pth", "m.safetensors"])
def test_a_broken_file_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    """Catches a traceback of a library where half a download, or a page instead of a file, is the reason."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(V2MeowError, match=rf"{name} holds no readable weights.*Again\."):
        read_tensor_file(tmp_path / name, "Again.")


def test_something_else_than_tensors_is_refused(tmp_path: Path) -> None:
    """Catches a whole training checkpoint, whose weights lie a level deeper."""
    torch.save({"state_dict": STATE, "epoch": 3}, tmp_path / "m.pth")
    with pytest.raises(V2MeowError, match="no dict of tensors by name"):
        read_tensor_file(tmp_path / "m.pth", "Again.")


def test_other_names_and_shapes_are_named(tmp_path: Path) -> None:
    """Catches a network that keeps random weights where the file had none."""
    wanted = {"a.weight": torch.zeros(3, 2), "b.bias": torch.zeros(2)}
    with pytest.raises(V2MeowError) as error:
        require_tensors(tmp_path, "judge", STATE, wanted, "Again.")
    for part in ("no judge", "1 missing (b.bias)", "1 unknown (a.bias)", "a.weight [2, 3], not [3, 2]"):
        assert part in str(error.value)
    require_tensors(tmp_path, "judge", STATE, STATE, "Again.")
