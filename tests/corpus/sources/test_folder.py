"""A person's own folder: names of all kinds, links, hidden files, and a CSV that must fit."""

from pathlib import Path

import pytest

from v2meow_pipeline.corpus.sources import collect
from v2meow_pipeline.corpus.sources.folder import FolderConfig, source_id
from v2meow_pipeline.corpus.sources.folder import collect as collect_folder
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.source_video import SourceVideo

HOSTILE = ["two words.mp4", 'it\'s "quoted".mp4', "line\nbreak.mp4", "🎸 rock.mp4", "-dash.mp4", "naïve.MKV"]


def touched(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def found(folder: Path, **options: str) -> dict[str, SourceVideo]:
    videos = collect_folder(FolderConfig(path=str(folder), **options))
    return {Path(video.path).relative_to(folder).as_posix(): video for video in videos}


def test_every_name_is_found_with_an_id_that_is_safe_in_a_file_name(tmp_path: Path) -> None:
    videos = found(touched(tmp_path, *HOSTILE, "deep/er/clip.webm"))
    assert set(videos) == {*HOSTILE, "deep/er/clip.webm"}
    ids = [video.source_id for video in videos.values()]
    assert len(set(ids)) == len(ids)
    assert all(set(i) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") and not i.startswith("-") for i in ids)


def test_source_ids_survive_a_move_of_the_folder(tmp_path: Path) -> None:
    """Otherwise every split, shard and seed would change when the disk gets another name."""
    here, there = touched(tmp_path / "a", *HOSTILE), touched(tmp_path / "b/c", *HOSTILE)
    assert {k: v.source_id for k, v in found(here).items()} == {k: v.source_id for k, v in found(there).items()}


def test_similar_names_keep_apart(tmp_path: Path) -> None:
    names = ("a/clip.mp4", "b/clip.mp4", "clip.mp4", "clip.mkv", "Clip.mp4", "🎹.mp4", "🎸.mp4")
    assert len({v.source_id for v in found(touched(tmp_path, *names)).values()}) == len(names)
    assert source_id("mine", "clip.mp4") != source_id("yours", "clip.mp4")


def test_accents_written_in_two_ways_are_one_name(tmp_path: Path) -> None:
    """A folder copied from macOS spells "é" as two characters; its captions and ids must still match."""
    assert source_id("folder", "cafe\u0301.mp4") == source_id("folder", "caf\u00e9.mp4")
    (tmp_path / "c.csv").write_text("file,caption\ncaf\u00e9.mp4,calm\n", encoding="utf-8")
    videos = found(touched(tmp_path, "cafe\u0301.mp4"), captions_csv=str(tmp_path / "c.csv"))
    assert [v.caption for v in videos.values()] == ["calm"]


def test_hidden_files_and_what_lies_beside_videos_are_left_out(tmp_path: Path) -> None:
    touched(tmp_path, "a.mp4", ".hidden.mp4", ".trash/b.mp4", "notes.txt", "cover.JPG", "a.srt", "unknown.xyz", "none")
    wanted = {"a.mp4", "cover.JPG", "unknown.xyz", "none"}
    assert set(found(tmp_path)) == wanted, "what may be meant as a video must reach the quarantine table"


def test_links_are_followed_and_loops_end(tmp_path: Path) -> None:
    elsewhere = touched(tmp_path / "elsewhere", "far.mp4")
    folder = touched(tmp_path / "videos", "near.mp4", "sub/deep.mp4")
    (folder / "linked").symlink_to(elsewhere)
    (folder / "single.mp4").symlink_to(elsewhere / "far.mp4")
    (folder / "sub" / "loop").symlink_to(folder)
    (folder / "broken.mp4").symlink_to(folder / "gone.mp4")
    (folder / "self.mp4").symlink_to(folder / "self.mp4")
    names = {"near.mp4", "sub/deep.mp4", "linked/far.mp4", "single.mp4", "broken.mp4", "self.mp4"}
    assert set(found(folder)) == names


def test_name_that_is_no_utf8_is_not_lost(tmp_path: Path) -> None:
    """Parquet and JSON refuse such names; one of them must not stop the run."""
    folder = touched(tmp_path, "good.mp4")
    (Path(str(tmp_path)) / b"caf\xe9.mp4".decode(errors="surrogateescape")).touch()
    paths = [video.path for video in collect_folder(FolderConfig(path=str(folder)))]
    assert len(paths) == 2 and any(path.endswith(r"caf\udce9.mp4") for path in paths)


def test_missing_and_empty_folders_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no folder"):
        found(tmp_path / "gone")
    with pytest.raises(ConfigError, match="no videos"):
        found(touched(tmp_path, "notes.txt"))


def test_table_of_sources(tmp_path: Path) -> None:
    touched(tmp_path, "a.mp4")
    mine = {"source": "folder", "path": str(tmp_path), "name": "mine"}
    assert [video.corpus for video in collect(mine, tmp_path)] == ["mine"]
    assert mine["source"] == "folder", "the parameters belong to the caller"
    with pytest.raises(ConfigError, match=r"no corpus source 'foldr'.*folder, musiccaps, mv100k, synthetic"):
        collect({**mine, "source": "foldr"}, tmp_path)
    with pytest.raises(ConfigError, match="no corpus source None"):
        collect({"path": str(tmp_path)}, tmp_path)
    with pytest.raises(ConfigError, match="FolderConfig is not valid: pth"):
        collect({**mine, "pth": "x"}, tmp_path)
