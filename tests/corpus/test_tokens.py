"""Tokens of clips: the right clip in the right row, stale with the tokenizers."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from v2meow_pipeline.checkpoint import save_checkpoint
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus import tokens as room
from v2meow_pipeline.corpus.clip_audio import to_pcm
from v2meow_pipeline.corpus.shards import ShardReader, ShardWriter
from v2meow_pipeline.corpus.tokens import encode_tokens
from v2meow_pipeline.parallel import SERIAL

CLOCK = Clock(clip_s=1.0)
CLIP_IDS = [f"clip-{i}" for i in range(5)]


class Semantic:
    """Stands in for the semantic tokenizer: the clip's level as a number."""

    @classmethod
    def load(cls, folder: Path, clock: Clock) -> "Semantic":
        del folder, clock
        return cls()

    def encode(self, wave: np.ndarray) -> np.ndarray:
        return np.full(CLOCK.t_semantic, round(float(wave[0]) * 10), np.int16)


class Acoustic(Semantic):
    """Likewise, with levels."""

    def encode(self, wave: np.ndarray) -> np.ndarray:
        return np.arange(CLOCK.acoustic_levels, dtype=np.int16)[:, None] + super().encode(wave)[:1] * np.ones(
            CLOCK.t_acoustic, np.int16
        )


@pytest.fixture
def clip_audio(tmp_path: Path) -> ShardReader:
    writer = ShardWriter(tmp_path / "audio", CLIP_IDS, "audio", 2)
    for shard in writer.shards:
        levels = [int(clip_id[-1]) / 10 for clip_id in shard.clip_ids]
        writer.write(shard, {"audio": to_pcm(np.array(levels)[:, None] * np.ones(CLOCK.clip_samples))})
    writer.finish()
    return ShardReader(tmp_path / "audio")


@pytest.fixture
def tokenizers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, Path]]:
    for name in ("semantic", "acoustic"):
        save_checkpoint(tmp_path / name, {"fingerprint": f"{name}-1"}, {"x": np.zeros(1)})
    monkeypatch.setattr(room, "SemanticTokenizer", Semantic)
    monkeypatch.setattr(room, "load_codec", Acoustic.load)
    for cached in (room._semantic, room._acoustic):
        cached.cache_clear()
    yield tmp_path / "semantic", tmp_path / "acoustic"
    for cached in (room._semantic, room._acoustic):
        cached.cache_clear()


def test_tokens_are_those_of_their_clip(clip_audio: ShardReader, tokenizers: tuple[Path, Path], tmp_path: Path) -> None:
    """Shards of sound and of tokens need not be of one size."""
    reader = ShardReader(encode_tokens(clip_audio, *tokenizers, CLOCK, tmp_path / "t", SERIAL, clips_per_shard=3))
    assert reader.layout == {
        "acoustic": ("int16", (CLOCK.acoustic_levels, CLOCK.t_acoustic)),
        "semantic": ("int16", (CLOCK.t_semantic,)),
        "rises": ("float16", (50, 16)),
        "loudness": ("float16", (50,)),
    }
    for number, clip_id in enumerate(CLIP_IDS):
        assert set(reader.read(clip_id, "semantic")) == {number}
        assert reader.read(clip_id, "acoustic")[:, 0].tolist() == list(range(number, number + CLOCK.acoustic_levels))


def test_tokens_of_another_tokenizer_are_stale(
    clip_audio: ShardReader, tokenizers: tuple[Path, Path], tmp_path: Path
) -> None:
    """Tokens of one codebook decoded by another are noise that nothing reports."""
    folder = encode_tokens(clip_audio, *tokenizers, CLOCK, tmp_path / "t", SERIAL)
    before, written = ShardReader(folder).fingerprint, (folder / "shard-00000.safetensors").stat().st_mtime_ns
    encode_tokens(clip_audio, *tokenizers, CLOCK, tmp_path / "t", SERIAL)
    assert (folder / "shard-00000.safetensors").stat().st_mtime_ns == written, "current tokens were made again"
    save_checkpoint(tokenizers[1], {"fingerprint": "acoustic-2"}, {"x": np.zeros(1)})
    encode_tokens(clip_audio, *tokenizers, CLOCK, tmp_path / "t", SERIAL)
    assert ShardReader(folder).fingerprint != before
