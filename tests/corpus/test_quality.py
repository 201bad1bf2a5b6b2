"""Measures of sound, against sounds whose measures are known."""

import math

import numpy as np
import pytest
from tests.support.corpus_videos import RATE_HZ, tone

from v2meow_pipeline.corpus.quality import measure


def test_sine_has_the_loudness_of_the_standard() -> None:
    """BS.1770: a sine of 997 Hz at full scale in one channel is at -3.01 LUFS."""
    quality = measure(tone(3, 997, 1.0), RATE_HZ, -60)
    assert quality.lufs == pytest.approx(-3.01, abs=0.15) and quality.peak == pytest.approx(1, abs=1e-3)


def test_silence_is_silent_and_not_nan() -> None:
    quality = measure(np.zeros(RATE_HZ, np.float32), RATE_HZ, -60)
    assert quality == (0.0, -math.inf, 1.0, 0.0)
    assert measure(np.zeros(0, np.float32), RATE_HZ, -60) == (0.0, -math.inf, 1.0, 0.0)


def test_silent_fraction_counts_time() -> None:
    wave = np.concatenate([tone(1), tone(3, level=0.0)])
    assert measure(wave, RATE_HZ, -60).silent_fraction == pytest.approx(0.75)
    assert measure(tone(1, level=10 ** (-70 / 20)), RATE_HZ, -60).silent_fraction == 1


def test_last_short_block_is_not_diluted() -> None:
    """A block of five samples divided by the length of a whole one would look silent."""
    assert measure(np.full(1605, 0.002, np.float32), RATE_HZ, -60).silent_fraction == 0


def test_clipped_fraction_counts_flat_tops() -> None:
    assert measure(np.clip(tone(1, level=2.0), -1, 1), RATE_HZ, -60).clipped_fraction == pytest.approx(0.67, abs=0.01)
    assert measure(tone(1, level=0.9), RATE_HZ, -60).clipped_fraction == 0
