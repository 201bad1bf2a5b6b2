"""The speech embedding judges windows at documented places."""

import numpy as np
import pytest

from v2meow_pipeline.encoders.base import AudioJudge
from v2meow_pipeline.encoders.speech_embedding import HOP_FRAMES, MEL_HOP_SAMPLES, WINDOW_SAMPLES, SpeechEmbedding


@pytest.fixture(scope="module")
def judge() -> SpeechEmbedding:
    return SpeechEmbedding()


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return np.random.default_rng(0).normal(scale=0.1, size=160_000).astype(np.float32)


def test_it_is_a_judge(judge: SpeechEmbedding) -> None:
    assert isinstance(judge, AudioJudge)


@pytest.mark.parametrize(
    ("samples", "windows"),
    [
        (1, 1),
        (WINDOW_SAMPLES, 1),
        (WINDOW_SAMPLES + HOP_FRAMES * MEL_HOP_SAMPLES - 1, 1),
        (WINDOW_SAMPLES + HOP_FRAMES * MEL_HOP_SAMPLES, 2),
        (160_000, 20),
    ],
)
def test_windows_per_wave(judge: SpeechEmbedding, noise: np.ndarray, samples: int, windows: int) -> None:
    """A distance between sets depends on how many windows each clip gives."""
    rows = judge.embed(noise[:samples])
    assert rows.shape == (windows, 96) and rows.dtype == np.float32 and np.isfinite(rows).all()


def test_silence_is_finite(judge: SpeechEmbedding) -> None:
    assert np.isfinite(judge.embed(np.zeros(32_000, np.float32))).all()


def test_loudness_matters_less_than_content(judge: SpeechEmbedding, noise: np.ndarray) -> None:
    """Fed samples in [-1, 1] instead of 16-bit steps, the floor of its decibels would tell quiet from loud."""
    tone = (0.1 * np.sin(np.arange(160_000) * 0.2)).astype(np.float32)
    loud, quiet, other = (judge.embed(wave).mean(axis=0) for wave in (noise, 0.3 * noise, tone))
    assert np.linalg.norm(loud - quiet) < 0.3 * np.linalg.norm(loud - other)
