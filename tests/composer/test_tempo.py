"""Accents on a beat grid."""

import numpy as np
import pytest

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.composer.tempo import check_tempo, with_tempo
from v2meow_pipeline.composer.windows import cover
from v2meow_pipeline.encoders.event_curves import event_times
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.models.stages import EVENTS

CLOCK = Clock()


def test_beats_have_one_grid_in_all_windows_and_the_energy_stays() -> None:
    """Catches a grid that starts anew in each window, and energy of the picture that is lost."""
    windows = cover(22.0, CLOCK, 0.5)
    rng = np.random.default_rng(0)
    seen = [{EVENTS: rng.uniform(size=(1, CLOCK.t_event, 2)).astype(np.float32)} for _ in windows]
    given = with_tempo(seen, windows, 100.0, CLOCK)
    for features, before, window in zip(given, seen, windows, strict=True):
        times_s = event_times(features[EVENTS][0], CLOCK) + window.start_s
        beats = times_s / 0.6
        np.testing.assert_allclose(beats, np.round(beats), atol=0.5 / CLOCK.event_hz / 0.6)
        assert len(times_s) in (16, 17)
        np.testing.assert_array_equal(features[EVENTS][..., 1], before[EVENTS][..., 1])


@pytest.mark.parametrize("tempo_bpm", [0.0, 29.0, 301.0, float("nan")])
def test_a_tempo_that_the_models_cannot_follow_is_refused(tempo_bpm: float) -> None:
    """Catches a division by zero, and beats that run into one another at 25 frames per second."""
    with pytest.raises(ConfigError, match="between"):
        check_tempo(tempo_bpm)
