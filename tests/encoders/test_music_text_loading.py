"""A folder says itself which joint space it holds."""

import json
from pathlib import Path

import pytest
import torch

from v2meow_pipeline.checkpoint import save_checkpoint
from v2meow_pipeline.encoders.mulan.config import MulanConfig
from v2meow_pipeline.encoders.mulan.encoder import Mulan
from v2meow_pipeline.encoders.mulan.objective import MulanObjective
from v2meow_pipeline.encoders.music_text import TRUNK_WIDTH, MusicTextHead
from v2meow_pipeline.encoders.music_text_loading import load_music_text, music_text_fingerprint, music_text_kind
from v2meow_pipeline.encoders.music_text_towers import MusicTextConfig, Towers
from v2meow_pipeline.encoders.musicnn import Musicnn
from v2meow_pipeline.encoders.text import MiniLM
from v2meow_pipeline.errors import MissingModelError, V2MeowError
from v2meow_pipeline.networks.checkpointing import save_network


def test_the_head_is_loaded(tmp_path: Path, musicnn: Musicnn, text_encoder: MiniLM) -> None:
    """Catches a default that older checkpoints no longer open."""
    config = MusicTextConfig(hidden=4)
    MusicTextHead(Towers(TRUNK_WIDTH, 384, config), config, musicnn, text_encoder).save(tmp_path / "head", "abc")
    assert isinstance(load_music_text(tmp_path / "head"), MusicTextHead)
    assert music_text_fingerprint(tmp_path / "head") == "abc"


def test_a_mulan_is_loaded(tmp_path: Path) -> None:
    """Catches a kind that training writes and loading does not know."""
    blocks = {"layers": 1, "width": 8, "heads": 1, "feed_forward": 8}
    config = MulanConfig.parse({"sound": {"transformer": blocks}, "text": {"kind": "own", "transformer": blocks}})
    torch.manual_seed(0)
    save_network(tmp_path / "mulan", "mulan", MulanObjective(config).network, config, "abc")
    loaded = load_music_text(tmp_path / "mulan")
    assert isinstance(loaded, Mulan) and loaded.width == 128
    assert music_text_fingerprint(tmp_path / "mulan") == "abc"


def test_a_clap_is_known_by_its_model_type(tmp_path: Path) -> None:
    """Catches a person's folder that is taken for a broken checkpoint."""
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "clap"}))
    assert music_text_kind(tmp_path) == "clap"
    with pytest.raises(MissingModelError, match="CLAP is not in"):
        load_music_text(tmp_path)


def test_other_checkpoints_are_refused(tmp_path: Path) -> None:
    """Catches a codec that is loaded for a joint space."""
    save_checkpoint(tmp_path / "codec", {"kind": "acoustic_tokenizer", "fingerprint": "abc"}, {})
    with pytest.raises(V2MeowError, match="'acoustic_tokenizer', not a joint space"):
        load_music_text(tmp_path / "codec")
    with pytest.raises(V2MeowError, match="no checkpoint"):
        load_music_text(tmp_path / "nothing")
