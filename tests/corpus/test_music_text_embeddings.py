"""Music-text vectors of a corpus, whichever joint space makes them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.clip_audio import AUDIO, from_pcm
from v2meow_pipeline.corpus.music_text_embeddings import MUSIC_TEXT, TRUNK, embed_music
from v2meow_pipeline.corpus.shards import ShardReader, ShardWriter, fill
from v2meow_pipeline.encoders.mulan.config import MulanConfig
from v2meow_pipeline.encoders.mulan.encoder import KIND, Mulan
from v2meow_pipeline.encoders.mulan.objective import MulanObjective
from v2meow_pipeline.encoders.music_text import TRUNK_WIDTH, MusicTextHead
from v2meow_pipeline.encoders.music_text_towers import MusicTextConfig, Towers
from v2meow_pipeline.encoders.musicnn import Musicnn
from v2meow_pipeline.encoders.text import MiniLM
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.checkpointing import save_network
from v2meow_pipeline.parallel import SERIAL

CLIPS = ["a-0", "a-1", "b-0"]
CLOCK = Clock(clip_s=1.0)
MANIFEST = pd.DataFrame({"clip_id": CLIPS, "source_id": ["a", "a", "b"]})


@pytest.fixture
def clip_audio(tmp_path: Path) -> ShardReader:
    waves = np.random.default_rng(0).integers(-9000, 9000, (3, CLOCK.clip_samples), dtype=np.int16)
    waves[1] //= 20
    fill(ShardWriter(tmp_path / "audio", CLIPS, "audio-1"), lambda shard: {AUDIO: waves}, SERIAL, "audio")
    return ShardReader(tmp_path / "audio")


@pytest.fixture
def mulan(tmp_path: Path) -> Path:
    blocks = {"layers": 1, "width": 8, "heads": 1, "feed_forward": 8}
    sound = {"transformer": blocks, "segment_s": 1.0, "masked_frames": 8}
    config = MulanConfig.parse({"sound": sound, "text": {"kind": "own", "transformer": blocks}, "width": 24})
    torch.manual_seed(0)
    save_network(tmp_path / "mulan", KIND, MulanObjective(config).network, config, "trained-1")
    return tmp_path / "mulan"


def unit(row: np.ndarray) -> np.ndarray:
    return row / np.linalg.norm(row)


def test_a_space_that_listens_gives_the_mean_over_a_video(tmp_path: Path, clip_audio: ShardReader, mulan: Path) -> None:
    """Catches vectors of single clips, and a width of 128 that is taken for granted."""
    folder = embed_music(MANIFEST, None, mulan, tmp_path / "music_text", clip_audio, CLOCK)
    rows = ShardReader(folder).stack(MUSIC_TEXT, CLIPS)
    single = Mulan.load(mulan).embed_audio(from_pcm(clip_audio.stack(AUDIO, CLIPS)), CLOCK.sample_rate_hz)
    assert rows.shape == (3, 24)
    np.testing.assert_allclose(rows[0], unit(single[:2].mean(axis=0)), atol=1e-5)
    np.testing.assert_array_equal(rows[0], rows[1])
    np.testing.assert_allclose(rows[2], single[2], atol=1e-5)


def test_another_training_makes_the_vectors_anew(tmp_path: Path, clip_audio: ShardReader, mulan: Path) -> None:
    """Catches vectors of an older network that pass for current."""
    first = ShardReader(embed_music(MANIFEST, None, mulan, tmp_path / "vectors", clip_audio, CLOCK))
    before = first.stack(MUSIC_TEXT, CLIPS)
    network = Mulan.load(mulan)._network
    network.sound.project.bias.data += 1
    save_network(mulan, KIND, network, network.config, "trained-2")
    again = ShardReader(embed_music(MANIFEST, None, mulan, tmp_path / "vectors", clip_audio, CLOCK))
    assert again.fingerprint != first.fingerprint
    assert not np.allclose(again.stack(MUSIC_TEXT, CLIPS), before, atol=1e-3)


def test_the_head_reads_its_trunk_and_keeps_its_fingerprint(tmp_path: Path) -> None:
    """Catches a default whose stored vectors are all made again, and one that needs the sound."""
    trunk = np.random.default_rng(0).normal(size=(3, TRUNK_WIDTH)).astype(np.float32)
    fill(ShardWriter(tmp_path / "trunk", CLIPS, "trunk-1"), lambda shard: {TRUNK: trunk}, SERIAL, "trunk")
    reader, config = ShardReader(tmp_path / "trunk"), MusicTextConfig(hidden=4)
    head = MusicTextHead(Towers(TRUNK_WIDTH, 384, config), config, Musicnn(), MiniLM())
    head.save(tmp_path / "head", "head-1")
    stored = ShardReader(embed_music(MANIFEST, reader, tmp_path / "head", tmp_path / "vectors"))
    expected = head.embed_features(trunk)
    np.testing.assert_allclose(stored.read("b-0", MUSIC_TEXT), expected[2], atol=1e-5)
    np.testing.assert_allclose(stored.read("a-1", MUSIC_TEXT), unit(expected[:2].mean(axis=0)), atol=1e-5)
    made_by = fingerprint("music_text-1", reader.fingerprint, "head-1")
    assert ShardWriter(tmp_path / "x", CLIPS, made_by, 32, ["a", "a", "b"]).fingerprint == stored.fingerprint


def test_what_is_missing_is_named(tmp_path: Path, mulan: Path) -> None:
    """Catches a failure deep inside a worker."""
    with pytest.raises(ConfigError, match="clip_audio"):
        embed_music(MANIFEST, None, mulan, tmp_path / "vectors")
