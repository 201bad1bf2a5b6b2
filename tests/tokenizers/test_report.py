"""Figures and pictures of the tokenizers."""

from pathlib import Path

import numpy as np
import pytest
from tests.support.simple_music import RATE, music

from v2meow_pipeline.tokenizers.acoustic import AcousticTokenizer
from v2meow_pipeline.tokenizers.picture import reconstruction_picture
from v2meow_pipeline.tokenizers.report import (
    log_mel_correlation,
    mel_distance,
    reconstruction_report,
    semantic_report,
    signal_to_distortion_db,
)
from v2meow_pipeline.tokenizers.semantic import SemanticTokenizer


def test_distance_of_a_gain_is_its_logarithm() -> None:
    """The unit is log10 of magnitude: half the amplitude is 0.30, wherever it is not below the quietest."""
    wave = 0.3 * np.random.default_rng(0).standard_normal(RATE).astype(np.float32)
    assert mel_distance(wave, wave, RATE) == 0
    assert mel_distance(wave, wave / 2, RATE) == pytest.approx(np.log10(2), abs=0.005)
    assert log_mel_correlation(wave, wave / 2, RATE) == pytest.approx(1, abs=1e-3)


def test_ratio_is_in_decibels_and_bounded() -> None:
    """Catches a ratio that depends on loudness, and infinities that spoil a mean; silence has no ratio."""
    wave, noise = np.random.default_rng(0).standard_normal((2, RATE)).astype(np.float32)
    assert signal_to_distortion_db(wave, 0.5 * (wave + 0.1 * noise)) == pytest.approx(20, abs=0.3)
    assert signal_to_distortion_db(wave, wave) == 100
    assert signal_to_distortion_db(wave, 0 * wave) == -100
    assert np.isnan(signal_to_distortion_db(0 * wave, wave))


def test_codec_report_has_flat_finite_figures(codec: AcousticTokenizer) -> None:
    """Keys are metric names in MLflow; NaN there breaks comparisons, so a silent wave must not spoil the mean."""
    figures = reconstruction_report(codec, [music(50, duration_s=1), np.zeros(RATE, np.float32)])
    assert {"codec_mel_distance_levels_04", "codec_log_mel_correlation_levels_06"} <= set(figures)
    assert all(np.isfinite(value) for value in figures.values())
    assert figures["codec_mel_distance_levels_06"] < figures["codec_mel_distance_levels_01"]
    for level in range(1, 7):
        assert {f"codec_mel_distance_levels_{level:02d}", f"codec_si_sdr_levels_{level:02d}"} <= set(figures)


def test_semantic_report(semantic: SemanticTokenizer) -> None:
    """Shares are shares, and tokens keep most of what they were clustered on."""
    figures = semantic_report(semantic, [music(50), music(51, bpm=90)])
    assert 0 < figures["semantic_within_share"] < 0.5
    assert figures["semantic_onset_correlation"] > 0.8
    tokens = [semantic.encode(wave) for wave in (music(50), music(51, bpm=90))]
    repeats = sum(int((np.diff(t) == 0).sum()) for t in tokens)
    assert figures["semantic_repeat_share"] == pytest.approx(repeats / sum(map(len, tokens)))


def test_picture_is_a_png(codec: AcousticTokenizer, tmp_path: Path) -> None:
    """A picture drawn through pyplot needs a display, or leaks figures."""
    path = tmp_path / "pictures" / "codec.png"
    reconstruction_picture(codec, music(50, duration_s=1), path, levels=(2, 6))
    assert path.read_bytes().startswith(b"\x89PNG")
    assert [p.name for p in path.parent.iterdir()] == ["codec.png"]
