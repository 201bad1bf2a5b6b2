"""Ducking of the music under the original sound."""

import numpy as np
import pytest

from v2meow_pipeline.media.ducking import HOLD_S, RAMP_S, ducking_gain

RATE_HZ = 8000


def speech(seconds: float, active: tuple[float, float], level: float = 0.1) -> np.ndarray:
    """Noise during `active`, and room tone 60 dB below it elsewhere."""
    wave = np.random.default_rng(0).normal(size=(round(seconds * RATE_HZ), 1)).astype(np.float32) * level / 1000
    first, last = (round(time_s * RATE_HZ) for time_s in active)
    wave[first:last] *= 1000
    return wave


@pytest.mark.parametrize("level", [0.01, 0.1, 0.5])
def test_music_is_lower_while_there_is_sound_and_back_afterwards(level: float) -> None:
    """Catches gain that depends on the level of the speech, and music that stays low after it."""
    gain_db = 20 * np.log10(ducking_gain(speech(10, (3, 6), level), RATE_HZ, 12.0))
    at = lambda time_s: gain_db[round(time_s * RATE_HZ)]  # noqa: E731
    assert at(1.5) == pytest.approx(0, abs=0.1) and at(9) == pytest.approx(0, abs=0.1)
    assert all(at(time_s) == pytest.approx(-12, abs=0.1) for time_s in (3.1, 4.5, 5.9))
    assert at(6 + HOLD_S / 2) < -6


def test_gain_changes_without_steps() -> None:
    """Catches clicks."""
    gain_db = 20 * np.log10(ducking_gain(speech(10, (3, 6)), RATE_HZ, 12.0))
    assert np.abs(np.diff(gain_db)).max() < 3 * 12.0 / (RAMP_S * RATE_HZ)


def test_silence_and_short_sounds_are_no_speech() -> None:
    """Catches music that is lowered for a silent track, and an error for an empty one."""
    assert (ducking_gain(np.zeros((RATE_HZ, 2), np.float32), RATE_HZ, 12.0) == 1).all()
    assert ducking_gain(speech(1, (0, 0)), RATE_HZ, 12.0).min() == 1
    assert len(ducking_gain(np.zeros((1, 1), np.float32), RATE_HZ, 12.0)) == 1
