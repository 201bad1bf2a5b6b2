"""Accents on a beat grid, so that the music takes a given tempo instead of the picture's."""

from collections.abc import Mapping, Sequence

import numpy as np

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.composer.windows import ClipWindow
from v2meow_pipeline.encoders.event_curves import accents
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.models.stages import EVENTS

SLOWEST_BPM, FASTEST_BPM = 30.0, 300.0


def check_tempo(tempo_bpm: float) -> None:
    """Raises ConfigError for a tempo, in beats per minute, whose beats cannot be told apart or hardly occur."""
    if not SLOWEST_BPM <= tempo_bpm <= FASTEST_BPM:
        raise ConfigError(
            f"A tempo of {tempo_bpm:g} BPM is not possible.", f"Choose one between {SLOWEST_BPM:g} and {FASTEST_BPM:g}."
        )


def with_tempo(
    seen: Sequence[Mapping[str, np.ndarray]], windows: Sequence[ClipWindow], tempo_bpm: float, clock: Clock
) -> list[Mapping[str, np.ndarray]]:
    """Replaces the accents of event curves by beats; the energy stays.

    Args:
        seen: per window, each feature as [1, t, width], with event curves.
        windows: windows of the video.
        tempo_bpm: beats per minute; the first beat is at the start of the video.
        clock: event rate and duration of a window.

    Returns:
        Features of each window.
    """
    return [_with_beats(features, window, tempo_bpm, clock) for features, window in zip(seen, windows, strict=True)]


def _with_beats(
    features: Mapping[str, np.ndarray], window: ClipWindow, tempo_bpm: float, clock: Clock
) -> Mapping[str, np.ndarray]:
    period_s = 60.0 / tempo_bpm
    last = int((window.start_s + clock.clip_s) / period_s) + 1
    beats_s = np.arange(int(window.start_s / period_s), last + 1) * period_s - window.start_s
    curve = features[EVENTS].copy()
    curve[..., 0] = accents(beats_s, clock, curve.shape[-2])
    return {**features, EVENTS: curve}
