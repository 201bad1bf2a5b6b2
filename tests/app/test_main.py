"""The `v2meow` command: what newcomers meet first, and what they do wrong."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.project import run
from typer.testing import CliRunner

from v2meow_pipeline import __version__
from v2meow_pipeline.app.demo import real_clip
from v2meow_pipeline.app.main import app
from v2meow_pipeline.media.probe import probe

# The trained project is made once: all tests that look at it run in one worker.
pytestmark = pytest.mark.xdist_group("trained")
MODELS = "data/test/06_models"


def test_generate_puts_music_on_a_real_clip(trained: Path, tmp_path: Path) -> None:
    """Catches lost frames, sound of another length, and a report that does not say what was made."""
    output = tmp_path / "with music.mp4"
    told = run(trained, "v2meow", "generate", str(real_clip()), "-o", str(output), "--model", MODELS, "--json")
    report = json.loads(told[told.index("{") : told.rindex("}") + 1])
    made = probe(output)
    assert report["mux"]["frames"] == made.frame_count == probe(real_clip()).frame_count == 250
    assert made.has_audio
    assert made.audio_duration_s == pytest.approx(10.0, abs=1024 / 44_100)


def _empty(folder: Path) -> Path:
    path = folder / "empty.mp4"
    path.touch()
    return path


def _text(folder: Path) -> Path:
    path = folder / "text.mp4"
    path.write_text("this is not a film\n" * 100)
    return path


def _truncated(folder: Path) -> Path:
    path = folder / "truncated.mp4"
    path.write_bytes(real_clip().read_bytes()[:200_000])
    return path


def _playlist(folder: Path) -> Path:
    path = folder / "playlist.mp4"
    path.write_text(f"ffconcat version 1.0\nfile '{real_clip()}'\n")
    return path


def _directory(folder: Path) -> Path:
    path = folder / "folder.mp4"
    path.mkdir()
    return path


def _missing(folder: Path) -> Path:
    return folder / "missing.mp4"


def _url(_: Path) -> Path:
    return Path("http://127.0.0.1:9/clip.mp4")


def _pipe(folder: Path) -> Path:
    path = folder / "pipe.mp4"
    os.mkfifo(path)
    return path


BAD = [_empty, _text, _truncated, _playlist, _directory, _missing, _url, _pipe]


@pytest.mark.parametrize("make", BAD, ids=lambda make: make.__name__.strip("_"))
def test_bad_input_is_one_line_and_leaves_nothing(trained: Path, tmp_path: Path, make: Callable[[Path], Path]) -> None:
    """Catches a traceback, a hang, a half-written output, or an error that does not say what to do."""
    folder = tmp_path / "out"
    folder.mkdir()
    words = ("v2meow", "generate", str(make(tmp_path)), "-o", str(folder / "out.mp4"), "--model", MODELS)
    told = run(trained, *words, code=2)
    assert told.startswith("v2meow: ")
    assert told.count("\n") == 1
    assert list(folder.iterdir()) == []


def test_a_hostile_name_is_only_a_name(trained: Path, tmp_path: Path) -> None:
    """Catches a name that is read as an option, a protocol, a pattern or two lines."""
    folder = tmp_path / ("-vf 'a' \"b\" \n🐈 %d " + os.fsdecode(b"\xff"))
    folder.mkdir()
    video = folder / "-i http:x'\".mp4"
    video.write_bytes(real_clip().read_bytes())
    output = folder / "-y out🎵.mp4"
    run(trained, "v2meow", "generate", str(video), "-o", str(output), "--model", MODELS)
    assert probe(output).frame_count == 250


def test_untrained_models_are_named(trained: Path, tmp_path: Path) -> None:
    """Catches a newcomer who generates before training and gets a traceback."""
    told = run(trained, "v2meow", "generate", str(real_clip()), "-o", str(tmp_path / "o.mp4"), "--model", "no", code=2)
    assert "kedro run --pipeline train" in told


def test_an_existing_output_is_kept(trained: Path, tmp_path: Path) -> None:
    """Catches work that is lost to a second command."""
    output = tmp_path / "kept.mp4"
    output.write_text("mine")
    run(trained, "v2meow", "generate", str(real_clip()), "-o", str(output), "--model", MODELS, code=2)
    assert output.read_text() == "mine"


def test_an_option_out_of_range_is_named(trained: Path) -> None:
    """A class of ours was named, which nobody can type."""
    told = run(trained, "v2meow", "generate", str(real_clip()), "-o", "o.mp4", "--loudness", "5", code=2)
    assert "--loudness" in told and "MuxConfig" not in told


@pytest.mark.parametrize("option", [("-o", "out.txt"), ("-o", "/etc/hostname/out.mp4")])
def test_a_bad_option_is_found_before_the_work(trained: Path, option: tuple[str, ...]) -> None:
    """Catches minutes of composing for a result that cannot be written."""
    told = run(trained, "v2meow", "generate", str(real_clip()), *option, "--model", MODELS, code=2)
    assert told.startswith("v2meow: ")
    assert told.count("\n") == 1


def test_models_that_do_not_belong_together_are_refused(trained: Path, tmp_path: Path) -> None:
    """Catches stages whose tokens another codec would decode to noise."""
    models = tmp_path / "models"
    shutil.copytree(trained / MODELS, models)
    config = models / "acoustic_tokenizer" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"fingerprint": "another"}))
    words = ("v2meow", "generate", str(real_clip()), "-o", str(tmp_path / "o.mp4"), "--model", str(models))
    assert "another acoustic_tokenizer" in run(trained, *words, code=2)


def test_the_version_is_shown() -> None:
    """Catches a report of a fault that cannot say what it is about."""
    shown = CliRunner().invoke(app, ["--version"])
    assert (shown.exit_code, shown.output) == (0, f"v2meow {__version__}\n")
