import numpy as np
import pytest

from v2meow_pipeline.metrics.silence import silent_share

RATE = 16_000


def test_half_silent_wave_is_half_silent() -> None:
    wave = np.concatenate([np.zeros(RATE), 0.1 * np.sin(np.arange(RATE) * 0.2)]).astype(np.float32)
    assert silent_share(wave, RATE) == pytest.approx(0.5)


def test_a_constant_offset_is_silence() -> None:
    """Level measured with the mean left in: a direct current is not sound."""
    assert silent_share(np.full(RATE, 0.3, np.float32), RATE) == 1.0


def test_quiet_music_is_not_silence_and_dither_is() -> None:
    noise = np.random.default_rng(0).normal(size=RATE)
    assert silent_share((noise * 10 ** (-50 / 20)).astype(np.float32), RATE) == 0.0
    assert silent_share((noise * 10 ** (-90 / 20)).astype(np.float32), RATE) == 1.0


def test_a_last_short_window_counts_as_its_length() -> None:
    wave = np.zeros(RATE + 10, np.float32)
    wave[RATE:] = [0.5, -0.5] * 5
    assert silent_share(wave, RATE) == pytest.approx(RATE / (RATE + 10), abs=1e-6)


def test_empty_raises() -> None:
    with pytest.raises(ValueError, match="empty"):
        silent_share(np.zeros(0), RATE)
