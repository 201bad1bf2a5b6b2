"""`v2meow generate` on videos that are hard to read: each ends with a soundtrack, or with one line."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.hard_videos import MAY_BE_READ, UNUSABLE, UNUSUAL, several_streams
from tests.support.small_models import make_small_models

from v2meow_pipeline.app.main import main
from v2meow_pipeline.media.probe import probe

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small models."""
    return make_small_models(tmp_path_factory.mktemp("models") / "small")


@pytest.mark.parametrize(("make", "seconds"), UNUSUAL)
def test_unusual_videos_get_music(
    make: Callable[[Path], Path], seconds: float, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a video that is refused, or whose result has another duration."""
    extra = ["--keep-original", "-6"] if make is several_streams else []
    words = ["generate", str(make(tmp_path)), "-o", str(tmp_path / "out.mkv"), "--model", str(models), *extra]
    monkeypatch.setattr(sys, "argv", ["v2meow", *words, "--encode", "h264"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    made = probe(tmp_path / "out.mkv")
    assert made.has_audio and made.duration_s == pytest.approx(seconds, abs=0.1)


@pytest.mark.parametrize("make", UNUSABLE)
def test_damaged_and_wrong_files_end_with_one_line(
    make: Callable[[Path], Path],
    models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Catches a traceback, a line without the name of the file, and partial files."""
    path = make(tmp_path)
    before = {*tmp_path.iterdir()}
    words = ["generate", str(path), "-o", str(tmp_path / "out.mkv"), "--model", str(models), "--takes", "1"]
    monkeypatch.setattr(sys, "argv", ["v2meow", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    if make in MAY_BE_READ and ended.value.code == 0:
        assert (tmp_path / "out.mkv").exists()
        return
    assert ended.value.code == 2
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith("v2meow: ")]
    assert len(lines) == 1 and path.name in lines[0], lines
    assert {*tmp_path.iterdir()} == before
