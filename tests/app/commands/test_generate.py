"""`v2meow generate` on folders, and outputs without video."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.hard_videos import animated_webp
from tests.support.media_makers import make_constant
from tests.support.project import command, run

pytestmark = pytest.mark.xdist_group("trained")
MODELS = "data/test/06_models"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two videos, a broken one, and a file of another kind."""
    videos = tmp_path / "videos"
    videos.mkdir()
    make_constant(videos / "a.mp4", 25, 2.0)
    animated_webp(tmp_path).rename(videos / "moving.webp")
    shutil.copy(videos / "a.mp4", videos / "b.mp4")
    (videos / "c.mp4").write_text("no video")
    (videos / "notes.txt").write_text("notes")
    return videos


def check_one_line(words: list[str | bytes], part: str) -> None:
    """The command ends with exit code 2 and one line, which has a part."""
    done = subprocess.run([command("v2meow"), "generate", *words], capture_output=True, check=False)
    message = done.stderr.decode(errors="replace")
    assert done.returncode == 2 and message.startswith("v2meow: ") and message.count("\n") == 1, message
    assert part in message


def test_a_folder_is_not_replaced_by_a_video(folder: Path) -> None:
    """Catches a folder of the user that is deleted with its contents."""
    kept = folder / "out.mp4" / "keep.txt"
    kept.parent.mkdir()
    kept.write_text("kept")
    check_one_line([str(folder / "a.mp4"), "-o", str(kept.parent), "--overwrite"], "out.mp4 is a folder")
    assert kept.read_text() == "kept"


def test_a_name_in_another_encoding_is_named(folder: Path) -> None:
    """Catches a traceback, or a message that cannot be printed."""
    name = os.fsencode(folder) + b"/na\xefve.mp4"
    (folder / "c.mp4").rename(os.fsdecode(name))
    check_one_line([name, "-o", str(folder / "o.mp4")], "ve.mp4 ")


def test_a_folder_is_done_and_failures_are_named(trained: Path, folder: Path, tmp_path: Path) -> None:
    """Catches one bad video that ends the work, and an exit code that hides it."""
    words = [command("v2meow"), "generate", str(folder), "-o", str(tmp_path / "out"), "--model", MODELS, "--json"]
    done = subprocess.run(words, cwd=trained, capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [Path(line["video"]).name for line in lines] == ["a.mp4", "b.mp4", "c.mp4"]
    assert "c.mp4" in lines[2]["error"] and "error" not in lines[0]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.mp4", "b.mp4"]


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".opus", ".m4a"])
def test_music_alone(suffix: str, trained: Path, folder: Path, tmp_path: Path) -> None:
    """Catches a format that cannot be written, another duration, and metadata that cannot be read back."""
    output = tmp_path / f"music{suffix}"
    run(trained, "v2meow", "generate", str(folder / "a.mp4"), "-o", str(output), "--model", MODELS, "--seed", "3")
    found = json.loads(run(trained, "v2meow", "inspect", str(output), "--json"))
    assert found["video"] is None and found["ai_generated_music"]
    assert found["duration_s"] == pytest.approx(2.0, abs=0.1)
    assert found["origin"]["seed"] == 3


@pytest.mark.parametrize("further", [(), ("--redo", "0-1")], ids=["", "redo"])
@pytest.mark.parametrize(
    "video, output",
    [("a.mp4", "b.mp4"), ("c.mp4", "o.mp4"), ("no.mp4", "o.mp4"), ("a.mp4", "o.txt"), ("moving.webp", "o.mp4")],
)
def test_mistaken_names_are_found_before_slow_imports(
    video: str, output: str, further: tuple[str, ...], folder: Path
) -> None:
    """Catches seconds of imports for an output that exists, and for a file that is no video."""
    code = (
        "import sys; from v2meow_pipeline.app.main import main\n"
        "try: main()\n"
        "except SystemExit as end: print(end.code, {'torch', 'librosa', 'scipy'} & {*sys.modules})"
    )
    words = [sys.executable, "-c", code, "generate", str(folder / video), "-o", str(folder / output), *further]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "2 set()"
    assert done.stderr.startswith("v2meow: ") and done.stderr.count("\n") == 1
