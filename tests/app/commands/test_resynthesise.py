"""`v2meow resynthesise`: sound through the codec of the models."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from v2meow_pipeline.app.main import app
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.metrics.controls import click_track
from v2meow_pipeline.tokenizers.report import log_mel_correlation

# The trained project is made once: all tests that look at it run in one worker.
pytestmark = pytest.mark.xdist_group("trained")
RATE_HZ = 16_000


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    folder = tmp_path / "sound"
    folder.mkdir()
    for place, tempo in enumerate((90, 130)):
        wave = click_track(tempo, 5 * RATE_HZ + 7, RATE_HZ) + 0.1 * np.sin(np.arange(5 * RATE_HZ + 7) / (8 + place))
        soundfile.write(folder / f"Clip {place} é.flac", wave, RATE_HZ)
    return folder


def _run(*words: str) -> None:
    outcome = CliRunner().invoke(app, ["resynthesise", *words])
    if outcome.exception is not None:
        raise outcome.exception


def test_more_levels_keep_more_of_the_sound(trained: Path, sound: Path, tmp_path: Path) -> None:
    """Catches levels that are read and ignored, and files that are cut to whole frames."""
    models, kept = str(trained / "data/test/06_models"), {}
    for levels in ("1", "4"):
        _run(str(sound), str(tmp_path / levels), "--model", models, "--levels", levels)
        kept[levels] = [_correlation(path, tmp_path / levels / f"{path.stem}.wav") for path in sorted(sound.iterdir())]
    assert all(more > fewer > 0 for more, fewer in zip(kept["4"], kept["1"], strict=True))


def test_what_the_codec_does_not_have_is_refused(trained: Path, sound: Path, tmp_path: Path) -> None:
    """Catches files written for some levels before the error, and silence about an empty folder."""
    models = str(trained / "data/test/06_models")
    with pytest.raises(ConfigError, match="levels, not 99"):
        _run(str(sound), str(tmp_path / "out"), "--model", models, "--levels", "99")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="no files"):
        _run(str(tmp_path / "empty"), str(tmp_path / "out"), "--model", models)
    assert not (tmp_path / "out").exists()


def _correlation(path: Path, copy: Path) -> float:
    original, made = soundfile.read(path)[0], soundfile.read(copy)[0]
    assert len(original) == len(made)
    return log_mel_correlation(original, made, RATE_HZ)
