"""`v2meow score`: anyone's audio, matched by stem."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tests.support.tiny_onnx import write_judge
from typer.testing import CliRunner

from v2meow_pipeline.app.main import app
from v2meow_pipeline.errors import ConfigError, MediaError, MissingModelError
from v2meow_pipeline.metrics.controls import click_track

RATE_HZ = 22_050
RUNNER = CliRunner()


def _music(tempo_bpm: float, seed: int, seconds: float = 6.0) -> np.ndarray:
    rng, samples = np.random.default_rng(seed), round(seconds * RATE_HZ)
    hum = 0.1 * np.sin(2 * np.pi * (110 + 20 * seed) * np.arange(samples) / RATE_HZ)
    return click_track(tempo_bpm, samples, RATE_HZ) + hum + 0.01 * rng.standard_normal(samples)


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    for name, shift, kind in (("real", 0, "wav"), ("good", 1, "flac"), ("other", 40, "ogg")):
        (tmp_path / name).mkdir()
        for index in range(4):
            wave = _music(90 + 15 * index + shift, index)
            soundfile.write(tmp_path / name / f"Clip {index} é.{kind}", wave, RATE_HZ)
    return tmp_path


def _score(folder: Path, *words: str) -> dict[str, object]:
    command = ["score", "--reference", str(folder / "real"), "--json", str(folder / "out.json"), *words]
    outcome = RUNNER.invoke(app, command)
    if outcome.exception is not None:
        raise outcome.exception
    scores: dict[str, object] = json.loads((folder / "out.json").read_text())
    return scores


def test_systems_get_a_row_each_beside_the_controls(folders: Path) -> None:
    """Catches systems that are mixed up, files that are paired wrongly, and a table without controls."""
    words = ("--generated", f"good={folders / 'good'}", "--generated", f"other={folders / 'other'}")
    scores = _score(folders, *words)
    rows = {(row["system"], row["metric"]): row["value"] for row in scores["summary"]}
    assert {system for system, _ in rows} >= {"good", "other", "ground_truth", "random_shuffle", "silence"}
    assert rows["good", "tempo_error_to_reference"] < 0.05 < rows["other", "tempo_error_to_reference"]
    assert scores["n_clips"] == 4 and len(scores["by_clip"]) == 4 * 6
    assert _score(folders, *words) == scores


def test_judges_are_named_on_the_command_line(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a judge that is asked for and not heard, and one that is heard beside those that were asked for."""
    monkeypatch.setenv("V2MEOW_MODELS", str(folders / "models"))
    words = ("--generated", f"good={folders / 'good'}", "--judge", "onnx_tiny")
    with pytest.raises(MissingModelError, match="onnx_tiny"):
        _score(folders, *words)
    write_judge(folders / "models" / "onnx_tiny")
    metrics = {row["metric"] for row in _score(folders, *words)["summary"]}
    assert "fad_onnx_tiny" in metrics and "fad_speech_embedding" not in metrics


def test_a_missing_a_surplus_and_a_broken_file_are_named(folders: Path) -> None:
    """Catches a clip that is skipped, which would flatter the system that lost it."""
    good = folders / "good"
    (good / "Clip 2 é.flac").rename(good / "Clip 9 é.flac")
    with pytest.raises(ConfigError, match=r"lacks 1 of 4 clips .*Clip 2 é"):
        _score(folders, "--generated", str(good))
    (good / "Clip 9 é.flac").write_bytes(b"not a sound")
    (good / "Clip 9 é.flac").rename(good / "Clip 2 é.flac")
    with pytest.raises(MediaError, match="Clip 2 é"):
        _score(folders, "--generated", str(good))
    (good / "Clip 2 é.mp3").write_bytes(b"x")
    with pytest.raises(ConfigError, match="one stem, two files"):
        _score(folders, "--generated", str(good))


def test_files_of_other_lengths_are_refused_or_cut_on_purpose(folders: Path) -> None:
    """Catches a comparison of six seconds with three that nobody asked for."""
    soundfile.write(folders / "good" / "Clip 1 é.flac", _music(106, 1, 3.0), RATE_HZ)
    with pytest.raises(ConfigError, match=r"3\.00 s long, where 6\.00 s"):
        _score(folders, "--generated", str(folders / "good"))
    assert _score(folders, "--generated", str(folders / "good"), "--seconds", "3")["n_clips"] == 4
    with pytest.raises(ConfigError, match="--seconds"):
        _score(folders, "--generated", str(folders / "good"), "--seconds", "5")


def test_a_table_of_captions_has_to_fit(folders: Path) -> None:
    """Catches captions of other clips that silently go nowhere."""
    (folders / "captions.csv").write_text("file,caption\nClip 7.wav,calm piano\n")
    with pytest.raises(ConfigError, match="Clip 7"):
        _score(folders, "--generated", str(folders / "good"), "--captions", str(folders / "captions.csv"))


def test_a_control_s_name_is_taken(folders: Path) -> None:
    """Catches a system that overwrites a control, or another system."""
    with pytest.raises(ConfigError, match="silence"):
        _score(folders, "--generated", f"silence={folders / 'good'}")
    with pytest.raises(ConfigError, match="Two systems are called generated"):
        _score(folders, "--generated", str(folders / "good"), "--generated", str(folders / "other"))


def test_samples_that_are_no_numbers_are_named_with_their_file(folders: Path) -> None:
    """Catches a traceback after a minute of listening, without a file."""
    path = folders / "good" / "Clip 2 é.wav"
    (folders / "good" / "Clip 2 é.flac").unlink()
    wave = _music(120, 2)
    wave[1000:1010] = np.nan
    soundfile.write(path, wave, RATE_HZ, subtype="FLOAT")
    with pytest.raises(MediaError, match=r"Clip 2 é\.wav has samples that are not numbers"):
        _score(folders, "--generated", f"good={folders / 'good'}")
