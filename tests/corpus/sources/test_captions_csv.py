"""The CSV of a person's videos: its cells reach their videos, or it says why not."""

from pathlib import Path

import pytest

from v2meow_pipeline.corpus.sources.folder import FolderConfig
from v2meow_pipeline.corpus.sources.folder import collect as collect_folder
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.source_video import SourceVideo


def touched(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def found(folder: Path, **options: str) -> dict[str, SourceVideo]:
    videos = collect_folder(FolderConfig(path=str(folder), **options))
    return {Path(video.path).relative_to(folder).as_posix(): video for video in videos}


def test_captions_reach_their_videos(tmp_path: Path) -> None:
    folder = touched(tmp_path / "videos", "a.mp4", "sub/b, c.mp4", "d.mp4")
    csv = tmp_path / "captions.csv"
    rows = (
        'file,caption,genre,licence,split\na.mp4,"slow, sad piano",classical,CC0-1.0,\n"sub/b, c.mp4",,rock,,test-iid\n'
    )
    csv.write_text(rows, encoding="utf-8-sig")
    videos = found(folder, captions_csv=str(csv), licence="CC-BY-4.0")
    first, second, third = videos["a.mp4"], videos["sub/b, c.mp4"], videos["d.mp4"]
    assert (first.caption, first.genre, first.licence, first.split) == ("slow, sad piano", "classical", "CC0-1.0", None)
    assert (second.caption, second.genre, second.licence, second.split) == (None, "rock", "CC-BY-4.0", "test-iid")
    assert (third.caption, third.genre, third.licence) == (None, None, "CC-BY-4.0")


def test_csv_of_a_spreadsheet_with_semicolons_is_read(tmp_path: Path) -> None:
    csv = tmp_path / "captions.csv"
    csv.write_text("file;caption\na.mp4;slow, sad, quiet\n", encoding="utf-8")
    videos = found(touched(tmp_path / "videos", "a.mp4"), captions_csv=str(csv))
    assert videos["a.mp4"].caption == "slow, sad, quiet"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("file,captoin\na.mp4,x\n", r"unknown columns 'captoin'.*Use the columns file, caption, genre, licence, split"),
        ("caption\nx\n", "no column 'file'"),
        ("", "no column 'file'"),
        ("file,caption\nb.mp4,x\nc.mp4,y\n", r"2 of 2 rows .* match no video in the folder: b\.mp4, c\.mp4"),
        ("file,caption\na.mp4,x\na.mp4,y\n", r"Row 3 .* repeats the file a\.mp4"),
        ("file,caption\n,x\n", "Row 2 .* has no file name"),
        ("file,split\na.mp4,testing\n", r"Row 2 .* split 'testing'.*Choose one of train, val, judge, test-iid"),
        ("file,caption\na.mp4,slow, sad\n", "Row 2 .* more or fewer cells"),
    ],
)
def test_csv_that_does_not_fit_says_why(tmp_path: Path, text: str, told: str) -> None:
    """Captions found to be wrong after training cost a peer its model."""
    csv = tmp_path / "captions.csv"
    csv.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=told):
        found(touched(tmp_path / "videos", "a.mp4"), captions_csv=str(csv))


def test_csv_in_another_encoding_says_so(tmp_path: Path) -> None:
    csv = tmp_path / "captions.csv"
    csv.write_bytes("file,caption\na.mp4,café\n".encode("latin-1"))
    with pytest.raises(ConfigError, match="Save it as CSV in UTF-8"):
        found(touched(tmp_path / "videos", "a.mp4"), captions_csv=str(csv))
    with pytest.raises(ConfigError, match="cannot be read"):
        found(tmp_path / "videos", captions_csv=str(tmp_path / "gone.csv"))
