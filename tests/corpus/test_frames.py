"""Pictures of clips: right clip in the right row, resumed by shard, drawn by step."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from tests.support.corpus_videos import make_video, tone

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus import decoding
from v2meow_pipeline.corpus.frames import FRAMES, write_clip_frames
from v2meow_pipeline.corpus.ingest import IngestConfig, build_tables
from v2meow_pipeline.corpus.shards import ShardReader, ShardWriter
from v2meow_pipeline.encoders.vitvqgan.objective import IMAGES
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.examples.clip_pictures import ClipPictures
from v2meow_pipeline.examples.epochs import BatchSettings, EpochSampler
from v2meow_pipeline.parallel import SERIAL
from v2meow_pipeline.source_video import SourceVideo

CLOCK = Clock(clip_s=2.0)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Two sources of three clips; green tells the second, red the source."""
    folder = tmp_path_factory.mktemp("videos")
    paths = [make_video(folder / f"{i}.mp4", 6, tone(6, 300 + 200 * i), shade=200 * i) for i in range(2)]
    sources = [SourceVideo(source_id=path.stem, path=str(path), corpus="made") for path in paths]
    return build_tables(sources, IngestConfig(workers=1), CLOCK)[0]


def test_each_clip_gets_its_own_pictures_and_only_missing_shards_are_decoded(
    manifest: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches pictures of another clip, and a store that starts from the beginning after each kill."""
    folder = write_clip_frames(manifest, 8, CLOCK, tmp_path, SERIAL, clips_per_shard=3)
    reader = ShardReader(folder)
    assert reader.layout == {FRAMES: ("uint8", (2, 8, 8, 3))}
    for row in manifest.itertuples():
        red, green, _ = reader.read(str(row.clip_id), FRAMES).reshape(2, -1, 3).mean(axis=1).T
        assert green == pytest.approx([60 + 6 * (row.start_s + k) for k in range(2)], abs=4)
        assert red == pytest.approx(200 * int(row.source_id), abs=6)
    (folder / "shard-00001.safetensors").unlink()
    decoded: list[str] = []
    decode = decoding.iter_clip_frames
    monkeypatch.setattr(decoding, "iter_clip_frames", lambda p, w, s: decoded.append(p.stem) or decode(p, w, s))
    write_clip_frames(manifest, 8, CLOCK, tmp_path, SERIAL, clips_per_shard=3)
    assert decoded == ["1"]
    write_clip_frames(manifest, 4, CLOCK, tmp_path, SERIAL, clips_per_shard=3)
    assert decoded == ["1", "0", "1"], "pictures of another size passed for those wanted"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ShardReader:
    """Eight clips of four frames: red is the clip, green the frame, blue rises from left to right."""
    root = tmp_path_factory.mktemp("frames")
    frames = np.zeros((8, 4, 4, 4, 3), np.uint8)
    frames[..., 0] = np.arange(8)[:, None, None, None]
    frames[..., 1] = np.arange(4)[:, None, None]
    frames[..., 2] = np.arange(4) * 50
    writer = ShardWriter(root, [f"clip-{i}" for i in range(8)], "made")
    writer.write(writer.shards[0], {FRAMES: frames})
    writer.finish()
    return ShardReader(root)


def pictures(store: ShardReader, seed: int = 0, batch_size: int = 6) -> ClipPictures:
    ids = list(store.clip_ids)
    return ClipPictures(store, EpochSampler(ids[:6], ids[6:], BatchSettings(batch_size, seed, val_clips=2)))


def test_an_epoch_has_each_clip_once_in_an_order_of_its_own(store: ShardReader) -> None:
    """Catches clips drawn with replacement, frames that are always the first, and mirrors that are never seen."""
    examples = pictures(store)
    batches = [examples.train(step)[IMAGES] for step in range(30)]
    assert batches[0].shape == (6, 3, 4, 4) and batches[0].dtype == torch.float32
    clips = [tuple((255 * b[:, 0, 0, 0]).round().int().tolist()) for b in batches]
    assert all(sorted(order) == list(range(6)) for order in clips) and len(set(clips)) > 20
    frames = torch.cat([(255 * b[:, 1, 0, 0]).round().int() for b in batches])
    assert set(frames.tolist()) == {0, 1, 2, 3}
    mirrored = torch.cat([b[:, 2, 0, 0] > b[:, 2, 0, -1] for b in batches]).float().mean()
    assert 0.35 < mirrored < 0.65


def test_a_step_is_a_function_of_seed_and_step_and_ranks_share_it(store: ShardReader) -> None:
    """Catches a resumed run that sees other pictures, and ranks that all see the same."""
    whole = pictures(store).train(7)[IMAGES]
    assert torch.equal(pictures(store).train(7)[IMAGES], whole)
    assert not torch.equal(pictures(store, seed=1).train(7)[IMAGES], whole)
    shares = [pictures(store).train(7, rank, 2)[IMAGES] for rank in range(2)]
    assert torch.equal(torch.stack(shares, dim=1).flatten(0, 1), whole)


def test_validation_is_every_frame_of_the_held_out_clips(store: ShardReader) -> None:
    """Catches training clips, mirrors or random frames among what judges the network."""
    batches = [batch[IMAGES] for batch in pictures(store).validation()]
    assert [len(batch) for batch in batches] == [6, 2]
    every = (255 * torch.cat(batches)[:, :, 0, :]).round().int()
    assert every[:, 0, 0].tolist() == [6] * 4 + [7] * 4
    assert every[:, 1, 0].tolist() == [0, 1, 2, 3] * 2
    assert (every[:, 2] == torch.arange(4) * 50).all()


def test_nothing_to_train_on_is_refused(store: ShardReader) -> None:
    """Catches a division by zero in the middle of a run."""
    with pytest.raises(ConfigError, match="no clips"):
        ClipPictures(store, EpochSampler([], list(store.clip_ids), BatchSettings(2, 0)))
