"""Visual features: one decode pass a file, right clip in the right row, resumed by shard."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.support.corpus_videos import make_video, tone

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus import decoding
from v2meow_pipeline.corpus import features as room
from v2meow_pipeline.corpus.features import extract_visual_features
from v2meow_pipeline.corpus.ingest import IngestConfig, build_tables
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.encoders.registry import VISUAL
from v2meow_pipeline.errors import ConfigError, MediaError, V2MeowError
from v2meow_pipeline.media.decode import FrameSpec, SampledFrames
from v2meow_pipeline.parallel import SERIAL, Processes
from v2meow_pipeline.source_video import SourceVideo

CLOCK = Clock(clip_s=2.0)


class Brightness:
    """Stands in for an encoder: mean green of each second, from one frame a second."""

    name, width, fingerprint = "brightness", 2, "brightness-1"
    frames = FrameSpec(fps=1, size_px=8, gray=False, fit="stretch")

    def __init__(self, clock: Clock) -> None:
        del clock

    def encode(self, frames: SampledFrames, t_visual: int) -> np.ndarray:
        green = frames.images[..., 1].reshape(t_visual, -1).mean(axis=1)
        red = frames.images[..., 0].reshape(t_visual, -1).mean(axis=1)
        return np.stack([green, red], axis=1).astype(np.float32)


class Motion(Brightness):
    """A second encoder with its own frame rate."""

    name, fingerprint = "motion", "motion-1"
    frames = FrameSpec(fps=10, size_px=4, gray=False, fit="stretch")

    def encode(self, frames: SampledFrames, t_visual: int) -> np.ndarray:
        return super().encode(SampledFrames(frames.images[::10], frames.times_s[::10]), t_visual)


class Shades(Brightness):
    """Stands in for an encoder that gives tokens: the green of the upper and of the lower half of each frame."""

    name, fingerprint, tokens, codes = "shades", "shades-1", 2, 256
    codebook = np.zeros((256, 4), np.float32)

    def encode(self, frames: SampledFrames, t_visual: int) -> np.ndarray:
        return frames.images[..., 1].reshape(t_visual, 2, -1).mean(axis=2).round().astype(np.int32)


class TooManyShades(Shades):
    name, fingerprint, codes = "too_many_shades", "too_many_shades-1", 2**15 + 1


class Overflowing(Brightness):
    name, fingerprint = "overflowing", "overflowing-1"

    def encode(self, frames: SampledFrames, t_visual: int) -> np.ndarray:
        return super().encode(frames, t_visual) * 1e4


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    for encoder in (Brightness, Motion, Shades, TooManyShades, Overflowing):
        monkeypatch.setitem(VISUAL, encoder.name, encoder)
    room._encoders.cache_clear()
    yield ["brightness", "motion"]
    room._encoders.cache_clear()


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Two sources of three clips; green tells the second, red the source."""
    folder = tmp_path_factory.mktemp("videos")
    paths = [make_video(folder / f"{i}.mp4", 6, tone(6, 300 + 200 * i), shade=200 * i) for i in range(2)]
    sources = [SourceVideo(source_id=path.stem, path=str(path), corpus="made") for path in paths]
    return build_tables(sources, IngestConfig(workers=1), CLOCK)[0]


def test_each_clip_gets_the_features_of_its_own_time_and_source(
    manifest: pd.DataFrame, names: list[str], tmp_path: Path
) -> None:
    """A shift by a clip, or by a source, trains music on the wrong pictures and shows in no loss."""
    reader = ShardReader(extract_visual_features(manifest, names, CLOCK, tmp_path, SERIAL, clips_per_shard=4))
    assert reader.layout == {"brightness": ("float16", (2, 2)), "motion": ("float16", (2, 2))}
    for row in manifest.itertuples():
        for name in names:
            green, red = reader.read(str(row.clip_id), name).astype(float).T
            assert green == pytest.approx([60 + 6 * (row.start_s + k) for k in range(2)], abs=4)
            assert red == pytest.approx(200 * int(row.source_id), abs=6)


def test_tokens_stay_whole_numbers_beside_features(manifest: pd.DataFrame, names: list[str], tmp_path: Path) -> None:
    """Catches tokens stored as float16, which holds no odd number above 2,048."""
    reader = ShardReader(extract_visual_features(manifest, ["brightness", "shades"], CLOCK, tmp_path, SERIAL))
    assert reader.layout == {"brightness": ("float16", (2, 2)), "shades": ("int16", (2, 2))}
    for clip_id in manifest["clip_id"]:
        green = reader.read(clip_id, "brightness")[:, :1].astype(float)
        assert np.abs(reader.read(clip_id, "shades") - green).max() <= 1


def test_more_codes_than_shards_hold_are_refused(manifest: pd.DataFrame, names: list[str], tmp_path: Path) -> None:
    """Catches tokens above 32,767 that turn negative in int16."""
    with pytest.raises(ConfigError, match="32769 codes"):
        extract_visual_features(manifest, ["too_many_shades"], CLOCK, tmp_path, SERIAL)


def test_an_encoder_that_was_trained_again_is_looked_at_again(
    manifest: pd.DataFrame, names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches weights of an earlier training that live on in the same process."""
    monkeypatch.setattr(Brightness, "__init__", lambda self, clock: setattr(self, "fingerprint", weights[0]))
    weights = ["first"]
    first = ShardReader(extract_visual_features(manifest, ["brightness"], CLOCK, tmp_path, SERIAL)).fingerprint
    weights[0] = "second"
    assert ShardReader(extract_visual_features(manifest, ["brightness"], CLOCK, tmp_path, SERIAL)).fingerprint != first


def test_rows_in_any_order_give_the_same_features(manifest: pd.DataFrame, names: list[str], tmp_path: Path) -> None:
    """Windows are decoded in order of time; the table need not be."""
    shuffled = manifest.sample(frac=1, random_state=3)
    one = ShardReader(extract_visual_features(manifest, names, CLOCK, tmp_path / "a", SERIAL))
    other = ShardReader(extract_visual_features(shuffled, names, CLOCK, tmp_path / "b", SERIAL, clips_per_shard=5))
    clip_ids = manifest["clip_id"].tolist()
    np.testing.assert_array_equal(one.stack("motion", clip_ids), other.stack("motion", clip_ids))


def test_a_file_is_decoded_once_for_all_encoders(
    manifest: pd.DataFrame, names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[tuple[int, set[str]]] = []
    decode = decoding.iter_clip_frames

    def counting(path: Path, windows: Any, specs: Any) -> Any:
        passes.append((len(windows), set(specs)))
        return decode(path, windows, specs)

    monkeypatch.setattr(decoding, "iter_clip_frames", counting)
    extract_visual_features(manifest, names, CLOCK, tmp_path, SERIAL)
    assert passes == [(3, set(names))] * 2


def test_only_missing_shards_are_decoded_again(
    manifest: pd.DataFrame, names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = extract_visual_features(manifest, names, CLOCK, tmp_path, SERIAL, clips_per_shard=3)
    (folder / "shard-00001.safetensors").unlink()
    decoded: list[str] = []
    decode = decoding.iter_clip_frames
    monkeypatch.setattr(decoding, "iter_clip_frames", lambda p, w, s: decoded.append(p.stem) or decode(p, w, s))
    extract_visual_features(manifest, names, CLOCK, tmp_path, SERIAL, clips_per_shard=3)
    assert decoded == ["1"]
    extract_visual_features(manifest.assign(sha256="0" * 64), names, CLOCK, tmp_path, SERIAL, clips_per_shard=3)
    assert decoded == ["1", "0", "1"], "files whose content changed were not looked at again"


def test_other_encoders_or_weights_make_features_stale(
    manifest: pd.DataFrame, names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ShardReader(extract_visual_features(manifest, names, CLOCK, tmp_path, SERIAL)).fingerprint
    monkeypatch.setattr(Motion, "fingerprint", "motion-2")
    second = ShardReader(extract_visual_features(manifest, names, CLOCK, tmp_path, SERIAL)).fingerprint
    third = ShardReader(extract_visual_features(manifest, names[:1], CLOCK, tmp_path, SERIAL))
    assert len({first, second, third.fingerprint}) == 3 and third.names == ("brightness",)


def test_values_beyond_half_precision_are_refused(manifest: pd.DataFrame, names: list[str], tmp_path: Path) -> None:
    """float16 ends at 65,504; infinity in a feature makes every later loss NaN."""
    with pytest.raises(V2MeowError, match="not finite"):
        extract_visual_features(manifest, ["overflowing"], CLOCK, tmp_path, SERIAL)


def test_file_replaced_since_ingestion_is_named(
    manifest: pd.DataFrame, names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "text.mp4").write_text("no video any more " * 20)
    with pytest.raises(MediaError, match=r"text\.mp4"):
        extract_visual_features(manifest.assign(path=str(tmp_path / "text.mp4")), names, CLOCK, tmp_path / "s", SERIAL)
    decode = decoding.iter_clip_frames
    monkeypatch.setattr(decoding, "iter_clip_frames", lambda p, w, s: list(decode(p, w, s))[:-1])
    with pytest.raises(MediaError, match=r"0\.mp4 ends before its clip at 4 s"):
        extract_visual_features(manifest, names, CLOCK, tmp_path / "s", SERIAL)


@pytest.mark.slow
def test_real_encoders_in_worker_processes(manifest: pd.DataFrame, tmp_path: Path) -> None:
    """Workers build their encoders from names: nothing that holds a network is sent to them."""
    names = ["efficientnet_lite0", "flow_statistics"]
    alone = ShardReader(extract_visual_features(manifest, names, CLOCK, tmp_path / "a", SERIAL, clips_per_shard=2))
    pair = ShardReader(extract_visual_features(manifest, names, CLOCK, tmp_path / "b", Processes(2), clips_per_shard=2))
    for name in names:
        np.testing.assert_allclose(
            alone.stack(name, alone.clip_ids).astype(float), pair.stack(name, alone.clip_ids).astype(float), atol=2e-2
        )
