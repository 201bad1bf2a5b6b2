"""The program is found, or its absence explained; its failures can be read."""

import sys
from pathlib import Path

import ffmpeg
import pytest

from v2meow_pipeline.errors import MediaError, V2MeowError
from v2meow_pipeline.media.ffmpeg import find_ffmpeg, run


def test_the_variable_comes_first_then_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a person's choice ignored."""
    for folder in ("own", "path"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "ffmpeg").write_text("#!/bin/sh\n")
        (tmp_path / folder / "ffmpeg").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.delenv("V2MEOW_FFMPEG", raising=False)
    assert find_ffmpeg() == str(tmp_path / "path" / "ffmpeg")
    monkeypatch.setenv("V2MEOW_FFMPEG", str(tmp_path / "own" / "ffmpeg"))
    assert find_ffmpeg() == str(tmp_path / "own" / "ffmpeg")
    monkeypatch.setenv("V2MEOW_FFMPEG", str(tmp_path / "missing"))
    with pytest.raises(V2MeowError, match="V2MEOW_FFMPEG"):
        find_ffmpeg()


def test_the_bundled_program_comes_last_and_its_absence_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a fresh machine without ffmpeg, and an ImportError where imageio-ffmpeg is missing too."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("V2MEOW_FFMPEG", raising=False)
    assert Path(find_ffmpeg()).is_file()
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(V2MeowError, match="pip install imageio-ffmpeg"):
        find_ffmpeg()


def test_a_failure_shows_what_ffmpeg_said(tmp_path: Path) -> None:
    """Catches the bare "ffmpeg error (see stderr output for detail)"."""
    stream = ffmpeg.output(ffmpeg.input(f"file:{tmp_path}/missing.mp4"), f"file:{tmp_path}/out.mp4")
    with pytest.raises(MediaError, match="No such file") as caught:
        run(stream)
    assert caught.value.reason == "ffmpeg_failed" and "\n" not in str(caught.value)


def test_a_program_that_ends_early_does_not_break_the_writer(tmp_path: Path) -> None:
    """Catches a BrokenPipeError in place of ffmpeg's own words."""
    stream = ffmpeg.output(ffmpeg.input("pipe:0", format="nonsense"), f"file:{tmp_path}/out.mp4")
    with pytest.raises(MediaError, match="nonsense"):
        run(stream, (bytes(1 << 20) for _ in range(50)))


def test_an_exception_of_the_feeder_ends_the_program(tmp_path: Path) -> None:
    """Catches an ffmpeg left waiting for ever."""

    def pieces():  # type: ignore[no-untyped-def]
        yield bytes(100)
        raise KeyError("feeder")

    stream = ffmpeg.output(ffmpeg.input("pipe:0", format="f32le"), f"file:{tmp_path}/out.wav")
    with pytest.raises(KeyError):
        run(stream, pieces())


def test_ffmpeg_may_not_open_addresses(tmp_path: Path) -> None:
    """Catches a protocol list that grew: even told to, it opens local files only."""
    stream = ffmpeg.output(
        ffmpeg.input("http://127.0.0.1:9/x.mp4", protocol_whitelist="file,pipe"), f"file:{tmp_path}/out.mp4"
    )
    with pytest.raises(MediaError, match="whitelist"):
        run(stream)
