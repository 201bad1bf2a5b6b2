"""Functions of a file that are called once."""

from pathlib import Path

import pytest

from v2meow_pipeline.media.file_cache import cached_while_unchanged


def test_a_file_is_looked_at_again_when_it_changed(tmp_path: Path) -> None:
    """Catches a command that reads a film three times, and one that takes a new file for the old one."""
    asked: list[str] = []

    @cached_while_unchanged
    def size(path: Path, kind: str) -> int:
        asked.append(kind)
        return len(path.read_bytes())

    path = tmp_path / "a"
    path.write_bytes(b"one")
    assert [size(path, "x"), size(path, "x"), size(path, "y")] == [3, 3, 3] and asked == ["x", "y"]
    path.write_bytes(b"three")
    assert size(path, "x") == 5
    path.unlink()
    with pytest.raises(FileNotFoundError):
        size(path, "x")
