"""Checkpoints of encoders that are trained here: found, or asked for."""

from pathlib import Path

import numpy as np
import pytest

from v2meow_pipeline.checkpoint import save_checkpoint
from v2meow_pipeline.encoders.trained import trained_checkpoint
from v2meow_pipeline.errors import MissingModelError


def test_what_was_trained_here_comes_before_what_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches features made with old weights that lie in the cache of the home folder."""
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path / "given"))
    for folder in (tmp_path / "given" / "seer", tmp_path / "trained" / "seer" / "checkpoint"):
        save_checkpoint(folder, {"kind": "seer"}, {"weight": np.zeros(1)})
    assert trained_checkpoint("seer", tmp_path / "trained") == tmp_path / "trained" / "seer" / "checkpoint"
    assert trained_checkpoint("seer", tmp_path / "empty") == tmp_path / "given" / "seer"
    assert trained_checkpoint("seer") == tmp_path / "given" / "seer"


def test_a_missing_one_says_how_to_train_it_and_which_folder_to_fill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a half-written checkpoint taken for a whole one, and an error that helps nobody."""
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path / "given"))
    (tmp_path / "trained" / "seer" / "checkpoint").mkdir(parents=True)
    (tmp_path / "trained" / "seer" / "checkpoint" / "config.json").write_text("{}")
    with pytest.raises(MissingModelError) as error:
        trained_checkpoint("seer", tmp_path / "trained")
    for part in (
        "no trained seer",
        str(tmp_path / "trained"),
        "kedro run --pipeline networks",
        str(tmp_path / "given"),
    ):
        assert part in str(error.value)


def test_published_weights_come_last_and_the_error_names_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches downloaded weights that are never found, or that take the place of a checkpoint."""
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path))
    with pytest.raises(MissingModelError, match=r"published weights \(a\.pt or b\.pt\)"):
        trained_checkpoint("seer", published=("a.pt", "b.pt"))
    (tmp_path / "seer").mkdir()
    (tmp_path / "seer" / "b.pt").write_bytes(b"weights")
    assert trained_checkpoint("seer", published=("a.pt", "b.pt")) == tmp_path / "seer" / "b.pt"
    save_checkpoint(tmp_path / "models" / "seer" / "checkpoint", {"kind": "seer"}, {"weight": np.zeros(1)})
    found = trained_checkpoint("seer", tmp_path / "models", ("a.pt", "b.pt"))
    assert found == tmp_path / "models" / "seer" / "checkpoint"
