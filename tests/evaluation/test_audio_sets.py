"""Audio sets that read their waveforms when asked."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.shards import ShardReader, ShardWriter, fill
from v2meow_pipeline.evaluation.audio_embeddings import EmbedderSet, EmbeddingCache
from v2meow_pipeline.evaluation.audio_sets import AudioClip, AudioSet, digest_of, stored_audio
from v2meow_pipeline.parallel import SERIAL

IDS = ["a", "b", "c"]


@pytest.fixture
def store(tmp_path: Path) -> ShardReader:
    """Sound of clip i: 8 samples of the number i."""
    writer = ShardWriter(tmp_path, IDS, "x")
    pcm = np.repeat(np.arange(3, dtype=np.int16)[:, None], 8, axis=1)
    fill(writer, lambda shard: {"audio": pcm}, SERIAL, "x")
    return ShardReader(tmp_path)


def _numbers(audio: AudioSet) -> list[list[int]]:
    return [np.round(wave * 32767).astype(int).tolist() for wave in audio.waves()]


def test_stored_audio_keeps_the_order_of_the_clips(store: ShardReader) -> None:
    """Catches audio of another clip, after a subset, an exchange, trimming or pickling."""
    audio = stored_audio(store, ["c", "a"])
    assert _numbers(audio) == [[2] * 8, [0] * 8]
    assert _numbers(audio.subset([1])) == [[0] * 8]
    exchanged = audio.exchanged([1, 0]).trimmed([3, 99])
    assert [clip.clip_id for clip in exchanged.clips] == ["c", "a"]
    assert _numbers(exchanged) == _numbers(pickle.loads(pickle.dumps(exchanged))) == [[0] * 3, [2] * 8]
    assert _numbers(stored_audio(store, ["x", "y"], stored_ids=["b", "c"])) == [[1] * 8, [2] * 8]


def test_a_source_that_is_too_short_is_an_error() -> None:
    """Catches a truncated file that is scored as if it were whole."""
    with pytest.raises(ValueError, match="3 samples where 4 are needed"):
        AudioClip("a", 4, lambda: np.zeros(3)).read()


def test_digests_are_those_of_the_content() -> None:
    """Catches equal waves that are processed twice, and different ones that share an embedding."""
    wave = np.arange(8, dtype=np.float32)
    assert digest_of(wave) == digest_of(np.arange(16, dtype=np.float32)[:8]) == digest_of(wave.copy()[::1])
    assert len({digest_of(wave), digest_of(wave[::-1]), digest_of(wave.astype(np.float64)), digest_of(wave[:7])}) == 4


def test_few_waves_are_in_memory_at_once() -> None:
    """Catches an evaluation that reads all audio before it processes the first clip."""
    alive: set[int] = set()
    most = 0

    class Counted(np.ndarray):
        def __del__(self) -> None:
            alive.discard(id(self))

    def read(clip: int) -> np.ndarray:
        nonlocal most
        wave = (0.1 * np.random.default_rng(clip).standard_normal(8000)).astype(np.float32).view(Counted)
        alive.add(id(wave))
        most = max(most, len(alive))
        return wave

    clips = tuple(AudioClip(f"c{clip}", 8000, lambda clip=clip: read(clip)) for clip in range(40))
    embedded = EmbeddingCache(workers=1).embed({"x": AudioSet(clips)}, EmbedderSet(Clock(), features=False))
    assert len(embedded["x"]) == 40 and most <= 4
