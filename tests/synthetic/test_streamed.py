"""Clips without files: the same sound and pictures as the video of the same plan."""

from pathlib import Path

import numpy as np
import pytest

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.decoding import decode_clips
from v2meow_pipeline.corpus.features import extract_visual_features
from v2meow_pipeline.corpus.ingest import IngestConfig, ingest
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.encoders.flow import FlowStatistics
from v2meow_pipeline.errors import ConfigError, V2MeowError
from v2meow_pipeline.media.audio import read_audio
from v2meow_pipeline.media.decode import Window, iter_clip_frames
from v2meow_pipeline.parallel import SERIAL
from v2meow_pipeline.synthetic import ClipCounts, SyntheticConfig, collect
from v2meow_pipeline.synthetic.streamed import (
    StreamedClip,
    has_pictures,
    is_streamed,
    pictures,
    sound,
    streamed_clip,
)
from v2meow_pipeline.validation.adapter import ManifestContract

NONE = {"val": 0, "test_iid": 0, "test_combo": 0, "test_font": 0, "test_look": 0}


def config(**clips: int) -> SyntheticConfig:
    return SyntheticConfig(clips=ClipCounts(**{"train": 0, **NONE, **clips}), workers=1, width=64, height=64)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A video file, and the address of the clip with the same plan."""
    (record,) = collect(config(train=1), tmp_path_factory.mktemp("file"))
    clip = StreamedClip(seed=0, index=0, source_s=10.0, width=64, height=64, fps=25, unsynced_share=0.2)
    return Path(record.path), clip.address


def test_the_sound_is_that_of_the_video(video: tuple[Path, str]) -> None:
    """A shift of a few samples would teach another synchrony than videos have."""
    path, address = video
    of_file, streamed = read_audio(path, 16_000), sound(address, 16_000, 0.0, 10.0)
    assert np.corrcoef(of_file, streamed)[0, 1] > 0.995
    later = sound(address, 16_000, 2.0, 9.0)
    assert np.allclose(later[: 8 * 16_000], streamed[2 * 16_000 :], atol=1e-6)
    assert not later[8 * 16_000 :].any()


def test_movement_is_that_of_the_video(video: tuple[Path, str]) -> None:
    path, address = video
    encoder = FlowStatistics(Clock())
    specs = {encoder.name: encoder.frames}
    (of_file,) = iter_clip_frames(path, [Window(0.0, 10.0)], specs)
    streamed = pictures(address, specs, 0.0, 10.0)
    assert np.allclose(of_file[encoder.name].times_s, streamed[encoder.name].times_s, atol=1e-3)
    features = [encoder.encode(frames[encoder.name], 10).ravel() for frames in (of_file, streamed)]
    assert np.corrcoef(*features)[0, 1] > 0.97


def test_a_corpus_of_streamed_clips_goes_through_the_pipeline(tmp_path: Path) -> None:
    """Clips of sound alone have no pictures; no clip repeats another, or a training video."""
    sources = collect(config(train=1, val=1, streamed=2, streamed_sound=1), tmp_path / "videos")
    clock = Clock()
    manifest, quarantine, audio = ingest(sources, IngestConfig(workers=1), clock, tmp_path / "audio")
    ManifestContract().validate(manifest)
    assert quarantine.empty
    assert [is_streamed(path) for path in manifest["path"]] == [False, False, True, True, True]
    assert manifest["clip_id"].is_unique and manifest["caption"].notna().all()
    waves = ShardReader(audio)
    assert len({waves.read(clip_id, "audio").tobytes() for clip_id in manifest["clip_id"]}) == 5
    features = ShardReader(extract_visual_features(manifest, ["flow_statistics"], clock, tmp_path / "features", SERIAL))
    assert list(features.clip_ids) == manifest["clip_id"].tolist()[:-1]
    assert not list((tmp_path / "videos").rglob("*train-00000[123]*.mp4"))


def test_more_streamed_clips_extend_fewer(tmp_path: Path) -> None:
    """What was computed of the first clips must stay valid, also when sound alone gets pictures."""
    few = collect(config(streamed=1, streamed_sound=2), tmp_path)
    more = collect(config(streamed=3, streamed_sound=1), tmp_path)
    assert [one.source_id for one in few] == [one.source_id for one in more[:3]]
    assert [streamed_clip(one.path).sha256 for one in few] == [streamed_clip(one.path).sha256 for one in more[:3]]
    assert [one.caption for one in few] == [one.caption for one in more[:3]]
    assert [has_pictures(one.path) for one in few] == [True, False, False]


def test_captions_are_composed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Composing thousands of pieces again at every run would take minutes."""
    first = collect(config(streamed=2), tmp_path)
    monkeypatch.setattr("v2meow_pipeline.synthetic.streamed.compose", None)
    assert collect(config(streamed=2), tmp_path) == first


def test_pictures_of_sound_alone_are_refused(tmp_path: Path) -> None:
    (record,) = collect(config(streamed_sound=1), tmp_path)
    with pytest.raises(V2MeowError, match="has audio only"):
        pictures(record.path, {}, 0.0, 10.0)
    with pytest.raises(ConfigError):
        streamed_clip("synthetic:?seed=0&index=x")


def test_rows_keep_their_place_among_files(tmp_path: Path) -> None:
    """Features of one clip stored as another's would go unnoticed."""
    manifest, _, _ = ingest(
        collect(config(val=1, streamed=2), tmp_path / "v"), IngestConfig(workers=1), Clock(), tmp_path / "a"
    )
    shuffled = manifest.iloc[[2, 0, 1]].reset_index(drop=True)
    encoder = FlowStatistics(Clock())
    found = {
        row: frames[encoder.name].images
        for row, frames in decode_clips(shuffled, {encoder.name: encoder.frames}, Clock())
    }
    assert sorted(found) == [0, 1, 2]
    direct = pictures(shuffled["path"][0], {encoder.name: encoder.frames}, 0.0, 10.0)[encoder.name].images
    assert np.array_equal(found[0], direct)
