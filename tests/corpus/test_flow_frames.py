"""Flow of every clip in shards, and batches of it with the sound of the same clip."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus import flow_frames as room
from v2meow_pipeline.corpus.audio import write_clip_audio
from v2meow_pipeline.corpus.clip_audio import AUDIO, from_pcm
from v2meow_pipeline.corpus.flow_frames import write_flow
from v2meow_pipeline.corpus.ingest import IngestConfig, build_tables
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.encoders.i3d.config import FlowConfig, I3dConfig, I3dFlowConfig, SynchronyConfig
from v2meow_pipeline.encoders.i3d.synchrony import FLOW, WAVE
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.examples.epochs import BatchSettings, EpochSampler
from v2meow_pipeline.examples.flow_and_sound import FlowAndSound
from v2meow_pipeline.examples.recipes import Sources, recipe_of
from v2meow_pipeline.media.encode import encode_video
from v2meow_pipeline.networks.objective import NETWORK
from v2meow_pipeline.parallel import SERIAL
from v2meow_pipeline.source_video import SourceVideo

CLOCK = Clock(clip_s=2.0)
SIZES = FlowConfig(picture_px=32, cropped_px=32, size_px=8)


def panned(path: Path, speeds_px: list[int], rng: np.random.Generator) -> Path:
    """A video of 2 s at each of some speeds, to the left; 24 frames a second, 64 px."""
    wide = np.kron(rng.integers(0, 256, (16, 150, 3), dtype=np.uint8), np.ones((4, 4, 1), np.uint8))
    steps = np.cumsum(np.repeat(speeds_px, 48))
    frames = (np.ascontiguousarray(wide[:, 10 + step : 74 + step]) for step in steps)
    noise = (0.2 * rng.normal(size=len(steps) * 16_000 // 24)).astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    encode_video(path, frames, 24, noise, 16_000)
    return path


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Two sources of two clips: still then moving, and moving then still."""
    folder, rng = tmp_path_factory.mktemp("videos"), np.random.default_rng(0)
    paths = [panned(folder / f"{i}.mp4", speeds, rng) for i, speeds in enumerate(([0, 2], [2, 0]))]
    sources = [SourceVideo(source_id=path.stem, path=str(path), corpus="made") for path in paths]
    return build_tables(sources, IngestConfig(workers=1), CLOCK)[0]


@pytest.fixture(scope="module")
def stores(manifest: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> tuple[ShardReader, ShardReader]:
    folder = tmp_path_factory.mktemp("stores")
    flow = ShardReader(write_flow(manifest, SIZES, CLOCK, folder / "flow", SERIAL, clips_per_shard=3))
    return flow, ShardReader(write_clip_audio(manifest, CLOCK, folder / "audio", SERIAL))


def test_each_clip_has_the_flow_of_its_own_time(
    manifest: pd.DataFrame, stores: tuple[ShardReader, ShardReader]
) -> None:
    """Catches a shift by a clip or a source: movement would be trained on another clip's sound."""
    flow, _ = stores
    assert flow.layout == {FLOW: ("int8", (48, 8, 8, 2))}
    for row in manifest.itertuples():
        moving = (str(row.source_id) == "0") == (float(str(row.start_s)) == 2.0)
        rightwards = flow.read(str(row.clip_id), FLOW)[5:-5, 2:-2, 2:-2, 0].mean()
        assert rightwards < -20 if moving else abs(rightwards) < 5


def test_a_killed_run_goes_on_where_it_stopped(
    manifest: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches flow that is measured again for every training run, and stale flow of another size."""
    write_flow(manifest, SIZES, CLOCK, tmp_path, SERIAL, clips_per_shard=2)
    (tmp_path / "shard-00001.safetensors").unlink()
    measured: list[int] = []
    measure = room.flow_pictures
    monkeypatch.setattr(room, "flow_pictures", lambda *given: measured.append(1) or measure(*given))
    write_flow(manifest, SIZES, CLOCK, tmp_path, SERIAL, clips_per_shard=2)
    assert len(measured) == 2
    write_flow(
        manifest, FlowConfig(picture_px=32, cropped_px=32, size_px=4), CLOCK, tmp_path, SERIAL, clips_per_shard=2
    )
    assert len(measured) == 6


def test_batches_pair_flow_and_sound_of_one_clip(stores: tuple[ShardReader, ShardReader]) -> None:
    """Catches an order that differs between the two, and steps that are not a function of seed and number."""
    flow, audio = stores
    ids = list(flow.clip_ids)
    examples = FlowAndSound(flow, audio, EpochSampler(ids, ids[:2], BatchSettings(2, seed=3)))
    batches = [examples.train(step) for step in (0, 1)]
    waves = {from_pcm(audio.read(i, AUDIO)).tobytes(): flow.read(i, FLOW) for i in ids}
    seen = [(w, f) for batch in batches for w, f in zip(batch[WAVE], batch[FLOW], strict=True)]
    assert len({w.numpy().tobytes() for w, _ in seen}) == 4, "a clip came twice before all had come"
    for wave, pictures in seen:
        np.testing.assert_array_equal(pictures.numpy(), waves[wave.numpy().tobytes()])
    halves = [examples.train(1, rank, 2)[WAVE] for rank in (0, 1)]
    np.testing.assert_array_equal(np.concatenate(halves), batches[1][WAVE])
    assert [len(batch[WAVE]) for batch in examples.validation()] == [2]


def test_one_clip_cannot_be_told_apart(stores: tuple[ShardReader, ShardReader]) -> None:
    """Catches a loss that is zero from the start."""
    flow, audio = stores
    with pytest.raises(ConfigError, match=r"too few clips .* 1 validation clips.*raise batch_size or val_clips"):
        FlowAndSound(flow, audio, EpochSampler(flow.clip_ids, [flow.clip_ids[0]], BatchSettings(2, seed=0)))


def test_the_recipe_trains_on_the_corpus(
    manifest: pd.DataFrame, stores: tuple[ShardReader, ShardReader], tmp_path: Path
) -> None:
    """Catches a recipe whose parts do not fit each other."""
    recipe = recipe_of("i3d_flow")
    config = I3dFlowConfig(network=I3dConfig(width=0.0625), flow=SIZES, synchrony=SynchronyConfig(window_s=2, hidden=8))
    rows = manifest.assign(split=["train", "train", "val", "val"])
    sources = Sources(rows, stores[1], CLOCK, cache=tmp_path, executor=SERIAL)
    examples = recipe.examples(config, sources, BatchSettings(2, 0, 2))
    objective = recipe.objective(config, CLOCK)
    objective.prepare(examples)
    assert objective.loss(examples.train(0), NETWORK).total.isfinite()
    figures = objective.eval().judge(next(iter(examples.validation())))
    assert all(value.isfinite() for value in figures.values()) and (tmp_path / "flow").is_dir()
