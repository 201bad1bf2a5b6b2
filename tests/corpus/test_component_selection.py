"""Codecs and joint spaces in place of the embedded defaults."""

from pathlib import Path

import numpy as np
import pytest

from v2meow_pipeline.checkpoint import read_config, save_checkpoint
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.component_selection import place_codec, place_music_text
from v2meow_pipeline.errors import MissingModelError
from v2meow_pipeline.model_store import ModelStore


def _trained(folder: Path, fingerprint: str) -> None:
    save_checkpoint(folder / "checkpoint", {"kind": "mulan", "fingerprint": fingerprint}, {"w": np.ones(2)})


def test_what_was_trained_takes_the_place_and_follows_its_source(tmp_path: Path) -> None:
    """Catches an old copy that stays when the network was trained again: stages would mix two spaces."""
    target = tmp_path / "music_text"
    _trained(tmp_path / "mulan", "first")
    assert place_music_text("mulan", ModelStore(tmp_path).network("mulan"), target) == target
    written = (target / "config.json").stat().st_mtime_ns
    place_music_text("mulan", ModelStore(tmp_path).network("mulan"), target)
    assert (target / "config.json").stat().st_mtime_ns == written
    _trained(tmp_path / "mulan", "second")
    place_music_text("mulan", ModelStore(tmp_path).network("mulan"), target)
    assert read_config(target)["fingerprint"] == "second"


def test_what_is_missing_says_how_it_gets_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a bare FileNotFoundError for a network that was never trained or downloaded."""
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path / "none"))
    with pytest.raises(MissingModelError, match="--pipelines soundstream"):
        place_codec("soundstream", Clock(), ModelStore(tmp_path), tmp_path / "acoustic_tokenizer")
    with pytest.raises(MissingModelError, match="dac"):
        place_codec("dac", Clock(), ModelStore(tmp_path), tmp_path / "acoustic_tokenizer")
    with pytest.raises(MissingModelError, match="clap"):
        place_music_text("clap", tmp_path, tmp_path / "music_text")
