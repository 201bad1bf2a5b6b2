"""Crops of sound beside the codec's frames."""

import numpy as np
import pytest
from tests.support.simple_music import SMALL, music

from v2meow_pipeline.corpus.clip_audio import AUDIO, to_pcm
from v2meow_pipeline.corpus.shards import ShardReader, ShardWriter, fill
from v2meow_pipeline.examples.codec_frames import CodecFrames
from v2meow_pipeline.examples.epochs import BatchSettings, EpochSampler
from v2meow_pipeline.parallel import SERIAL
from v2meow_pipeline.tokenizers.acoustic import AcousticConfig, AcousticTokenizer

CLIPS = [f"clip-{i}" for i in range(6)]


@pytest.fixture(scope="module")
def clip_audio(tmp_path_factory: pytest.TempPathFactory) -> ShardReader:
    folder = tmp_path_factory.mktemp("audio")
    waves = {clip_id: to_pcm(music(i, duration_s=2)) for i, clip_id in enumerate(CLIPS)}
    fill(
        ShardWriter(folder, CLIPS, "audio-1"),
        lambda shard: {AUDIO: np.stack([waves[c] for c in shard.clip_ids])},
        SERIAL,
        "audio",
    )
    return ShardReader(folder)


@pytest.fixture(scope="module")
def codec() -> AcousticTokenizer:
    config = AcousticConfig(max_frames=800, smoother_frames=400, bands=32)
    return AcousticTokenizer.fit([music(i, duration_s=2) for i in range(8)], config, SMALL)


def _examples(clip_audio: ShardReader, codec: AcousticTokenizer, seed: int = 0) -> CodecFrames:
    return CodecFrames(clip_audio, codec, EpochSampler(CLIPS[:4], CLIPS[4:], BatchSettings(8, seed)), 30)


def test_frames_are_those_that_the_codec_decodes(clip_audio: ShardReader, codec: AcousticTokenizer) -> None:
    """Catches clean frames instead of quantized ones, and levels that belong to another example."""
    batch = _examples(clip_audio, codec).train(3)
    assert batch["wave"].shape == (8, 30 * SMALL.hop_samples)
    assert batch["log_mel"].shape == (8, 30, 32)
    for wave, log_mel, levels in zip(*(batch[key].numpy() for key in ("wave", "log_mel", "levels")), strict=True):
        np.testing.assert_array_equal(log_mel, codec.decode_log_mel(codec.encode(wave)[:levels]))


def test_all_numbers_of_levels_occur(clip_audio: ShardReader, codec: AcousticTokenizer) -> None:
    """Catches a vocoder that never saw one level, or all of them."""
    examples = _examples(clip_audio, codec)
    seen = np.concatenate([examples.train(step)["levels"].numpy() for step in range(10)])
    assert set(seen.tolist()) == set(range(1, SMALL.acoustic_levels + 1))


def test_batches_follow_from_seed_and_step_and_are_shared_between_ranks(
    clip_audio: ShardReader, codec: AcousticTokenizer
) -> None:
    """Catches a resumed run that hears something else, and ranks that draw levels of their own."""
    whole = _examples(clip_audio, codec).train(5)
    again = _examples(clip_audio, codec)
    for rank in range(2):
        part = again.train(5, rank, 2)
        for key, values in part.items():
            np.testing.assert_array_equal(values, whole[key][rank::2])
    assert not np.array_equal(_examples(clip_audio, codec, seed=1).train(5)["levels"], whole["levels"])


def test_validation_is_the_same_each_time_and_of_other_clips(clip_audio: ShardReader, codec: AcousticTokenizer) -> None:
    """Catches validation that drifts, so that the best weights are the luckiest."""
    examples = _examples(clip_audio, codec)
    first, second = ([batch["log_mel"] for batch in examples.validation()] for _ in range(2))
    assert sum(len(batch) for batch in first) == 2
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


def test_another_codec_is_another_set_of_examples(clip_audio: ShardReader, codec: AcousticTokenizer) -> None:
    """Catches a vocoder kept although its codec was fitted again."""
    config = AcousticConfig(max_frames=800, smoother_frames=400, bands=32, seed=1)
    other = AcousticTokenizer.fit([music(i, duration_s=2) for i in range(8)], config, SMALL)
    assert _examples(clip_audio, codec).fingerprint == _examples(clip_audio, codec).fingerprint
    assert _examples(clip_audio, codec).fingerprint != _examples(clip_audio, other).fingerprint
