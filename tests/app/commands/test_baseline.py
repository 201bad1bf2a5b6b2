"""`v2meow baseline`: files that `v2meow score` takes."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tests.evaluation.baselines.test_musicgen import write_musicgen
from tests.evaluation.baselines.test_rules import film
from typer.testing import CliRunner

from v2meow_pipeline.app.main import app
from v2meow_pipeline.errors import ConfigError, MediaError, V2MeowError
from v2meow_pipeline.evaluation.sound_files import read_folders

RUNNER = CliRunner()
NAMES = ("two\nlines", "-n %03d 'é\"", os.fsdecode(b"not utf-8 \xff"), "plain")


def _run(*words: str) -> str:
    outcome = RUNNER.invoke(app, ["baseline", *words])
    if outcome.exception is not None:
        raise outcome.exception
    return outcome.output


def test_rules_write_a_file_a_video_under_any_name(tmp_path: Path) -> None:
    """Catches names that are taken for options or patterns, lengths that differ, and notes that become videos."""
    videos, output = tmp_path / "clips", tmp_path / "out" / "rules"
    for name in NAMES:
        film(videos / "plain.mp4", 100, seconds=2.0).rename(videos / f"{name}.mp4")
    (videos / ".hidden.mp4").write_bytes(b"x")
    (videos / "captions.csv").write_text("file,caption\n")
    _run("rules", "--videos", str(videos), "--output", str(output))
    sounds = read_folders(output, {"rules": output}, 16_000, None, 1)
    assert sounds.clip_ids == sorted(NAMES) and sounds.seconds == 2.0
    first = [path.read_bytes() for path in sorted(output.iterdir())]
    _run("rules", "--videos", str(videos), "--output", str(output))
    assert [path.read_bytes() for path in sorted(output.iterdir())] == first


def test_videos_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    """Catches a broken video that is passed over, two of one stem that overwrite each other, and no videos at all."""
    output = str(tmp_path / "out")
    with pytest.raises(ConfigError, match="no videos"):
        _run("rules", "--videos", str(tmp_path), "--output", output)
    with pytest.raises(ConfigError, match="no folder"):
        _run("rules", "--videos", str(tmp_path / "absent"), "--output", output)
    (tmp_path / "clip.mp4").write_bytes(b"not a video")
    with pytest.raises(MediaError, match=r"clip\.mp4"):
        _run("rules", "--videos", str(tmp_path), "--output", output)
    (tmp_path / "clip.mkv").write_bytes(b"x")
    with pytest.raises(ConfigError, match="Two clips are called clip"):
        _run("rules", "--videos", str(tmp_path), "--output", output)


def test_musicgen_writes_a_file_a_caption_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches work that is done twice, and a file of an older caption that is kept."""
    write_musicgen(tmp_path / "models" / "musicgen-small")
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path / "models"))
    table, output = tmp_path / "captions.csv", tmp_path / "out"
    words = ("musicgen", "--captions", str(table), "--output", str(output), "--seconds", "1")
    table.write_text("file,caption,genre\na/one.mp4,calm music,pop\n../two.mp4,rock,pop\n")
    assert "2 new files" in _run(*words)
    one, two = output / "one.wav", output / "two.wav"
    assert soundfile.info(one).frames == soundfile.info(one).samplerate == 16_000
    before = two.read_bytes()
    two.unlink()
    assert "1 new files" in _run(*words)
    assert two.read_bytes() == before
    table.write_text("file,caption\none.mp4,calm music\ntwo.mp4,calm rock\n")
    assert "1 new files" in _run(*words)
    assert two.read_bytes() != before
    assert read_folders(output, {"x": output}, 16_000, None, 1).clip_ids == ["one", "two"]
    assert np.abs(soundfile.read(one)[0]).max() > 0


@pytest.mark.parametrize("row", ["one.mp4,", "a/one.mp4,x\nb/one.mp4,y", "..,x"])
def test_tables_that_name_no_clip_are_refused(tmp_path: Path, row: str) -> None:
    """Catches an empty caption, two clips in one file, and a file that score would not see."""
    (tmp_path / "captions.csv").write_text(f"file,caption\n{row}\n")
    with pytest.raises(V2MeowError, match=r"no caption|Two clips|not a name"):
        _run("musicgen", "--captions", str(tmp_path / "captions.csv"), "--output", str(tmp_path / "out"))
