"""Sound and captions stay together."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from v2meow_pipeline.corpus.clip_audio import AUDIO
from v2meow_pipeline.corpus.shards import ShardReader, ShardWriter, fill
from v2meow_pipeline.encoders.mulan.pieces import WordPieces
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.examples.captioned_crops import CaptionedCrops
from v2meow_pipeline.examples.epochs import BatchSettings
from v2meow_pipeline.parallel import SERIAL

RATE_HZ, CLIP = 1000, 2000
CLIPS = [f"clip-{i}" for i in range(12)]


@pytest.fixture
def clip_audio(tmp_path: Path) -> ShardReader:
    """Clip i is the constant i + 1, apart from its first sample."""
    levels = {clip: np.full(CLIP, 1000 * (i + 1), np.int16) for i, clip in enumerate(CLIPS)}
    writer = ShardWriter(tmp_path / "audio", CLIPS, "audio-1")
    fill(writer, lambda shard: {AUDIO: np.stack([levels[c] for c in shard.clip_ids])}, SERIAL, "audio")
    return ShardReader(tmp_path / "audio")


@pytest.fixture
def manifest() -> pd.DataFrame:
    """Clips 0 and 1 share a caption, clip 2 has none; 8 to 10 validate."""
    captions = ["same words", "same words", None, *(f"number {i}" for i in range(3, 12))]
    splits = ["train"] * 8 + ["val"] * 3 + ["test-iid"]
    return pd.DataFrame({"clip_id": CLIPS, "split": splits, "caption": captions})


def crops(clip_audio: ShardReader, manifest: pd.DataFrame, **changes: object) -> CaptionedCrops:
    batches = BatchSettings(4, 0)._replace(**{key: changes.pop(key) for key in ("size", "val_clips") if key in changes})
    settings = {"rates_hz": (RATE_HZ, RATE_HZ), "crop_s": 1.0, "batches": batches, **changes}
    return CaptionedCrops(clip_audio, manifest, WordPieces(8), **settings)  # type: ignore[arg-type]


def owners(batch: dict) -> list[int]:
    return np.round(batch["wave"][:, -1].numpy() * 32.767).astype(int).tolist()


def test_each_wave_comes_with_its_own_caption(clip_audio: ShardReader, manifest: pd.DataFrame) -> None:
    """Catches pairs that are shifted against each other: nothing could be learned."""
    examples = crops(clip_audio, manifest)
    for batch in (examples.train(0), examples.train(5), next(examples.validation())):
        texts = [manifest["caption"][owner - 1] for owner in owners(batch)]
        wanted = WordPieces(8).encode(texts)
        np.testing.assert_array_equal(batch["text"].numpy()[:, : wanted.shape[1]], wanted)
        assert batch["wave"].shape[1] == 1000


def test_an_epoch_has_each_captioned_clip_once(clip_audio: ShardReader, manifest: pd.DataFrame) -> None:
    """Catches clips without a caption that are learned from, and test clips that are."""
    examples = crops(clip_audio, manifest, size=7)
    assert sorted(owners(examples.train(0))) == sorted(owners(examples.train(1))) == [1, 2, 4, 5, 6, 7, 8]
    assert owners(examples.train(0)) != owners(examples.train(1))


def test_equal_captions_have_one_number(clip_audio: ShardReader, manifest: pd.DataFrame) -> None:
    """Catches clips with one caption that become each other's negatives."""
    batch = crops(clip_audio, manifest, size=7).train(0)
    number = dict(zip(owners(batch), batch["caption"].tolist(), strict=True))
    assert number[1] == number[2] and len(set(number.values())) == 6


def test_clips_without_a_caption_are_counted_and_told(
    clip_audio: ShardReader, manifest: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    """Catches a corpus that shrinks in silence."""
    with caplog.at_level(logging.WARNING):
        assert crops(clip_audio, manifest).skipped == 1
    assert "1 of 11 clips have no caption" in caplog.text


def test_validation_is_one_batch_and_always_the_same(clip_audio: ShardReader, manifest: pd.DataFrame) -> None:
    """Catches retrieval within parts of the set."""
    examples = crops(clip_audio, manifest, size=2)
    (first,), (again,) = examples.validation(), examples.validation()
    assert owners(first) == [9, 10, 11] and first["wave"].equal(again["wave"])
    assert len(next(crops(clip_audio, manifest, val_clips=2).validation())["wave"]) == 2


def test_ranks_share_a_batch(clip_audio: ShardReader, manifest: pd.DataFrame) -> None:
    """Catches ranks that all train on the same examples."""
    examples = crops(clip_audio, manifest)
    first, second = (owners(examples.train(3, rank, 2)) for rank in range(2))
    assert sorted(first + second) == sorted(owners(examples.train(3)))


def test_sound_comes_at_the_networks_rate(clip_audio: ShardReader, manifest: pd.DataFrame) -> None:
    """Catches a rate that is taken for granted."""
    assert crops(clip_audio, manifest, rates_hz=(RATE_HZ, 2000)).train(0)["wave"].shape == (4, 2000)


def test_the_fingerprint_covers_the_captions(clip_audio: ShardReader, manifest: pd.DataFrame) -> None:
    """Catches a network that passes for trained on captions that were since corrected."""
    changed = manifest.assign(caption=manifest["caption"].replace("number 5", "number five"))
    assert crops(clip_audio, changed).fingerprint != crops(clip_audio, manifest).fingerprint


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"caption": "all the same"}, "Contrastive training needs"),
        ({"split": "train"}, "Contrastive training needs"),
        ({}, "longer"),
    ],
)
def test_what_cannot_be_trained_on_is_refused(
    clip_audio: ShardReader, manifest: pd.DataFrame, change: dict[str, str], message: str
) -> None:
    """Catches a training that fails after an hour, or learns nothing."""
    with pytest.raises(ConfigError, match=message):
        crops(clip_audio, manifest.assign(**change), crop_s=1.0 if change else 3.0)
