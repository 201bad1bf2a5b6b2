"""The plainest features."""

import numpy as np
import pytest
from tests.support.simple_music import RATE, music

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.tokenizers.features import FrameFeatures
from v2meow_pipeline.tokenizers.log_mel_features import BANDS, FLOOR, LogMelFeatures


def test_they_are_frame_features_at_the_rate_of_tokens() -> None:
    """Catches groups that do not cover the columns, and a row more or less."""
    features = LogMelFeatures(Clock())
    assert isinstance(features, FrameFeatures)
    assert (features.groups[0].start, features.groups[-1].stop) == (0, BANDS)
    for t in (0, 1, 50):
        assert features.compute(music(0)[: t * 640], t).shape == (t, BANDS)


def test_values_are_decades_above_a_floor() -> None:
    """Catches natural logarithms, and minus infinity for silence."""
    features, wave = LogMelFeatures(Clock()), music(1)
    np.testing.assert_allclose(features.compute(np.zeros(RATE, np.float32), 25), np.log10(FLOOR), rtol=1e-5)
    loud, soft = features.compute(wave, 100), features.compute(wave / 10, 100)
    heard = soft > np.log10(FLOOR) + 1.5
    assert heard.any()
    assert (loud - soft)[heard].mean() == pytest.approx(1, abs=0.05)


def test_a_higher_tone_is_in_a_higher_band() -> None:
    """Catches bands in another order."""
    time_s = np.arange(RATE) / RATE
    tones = [np.sin(2 * np.pi * hz * time_s).astype(np.float32) for hz in (200, 800, 3200)]
    tops = [int(LogMelFeatures(Clock()).compute(tone, 25)[12].argmax()) for tone in tones]
    assert tops == sorted(set(tops))
