"""Scores the takes of a composer."""

from collections.abc import Sequence

import numpy as np

from v2meow_pipeline.composer.composer import Composer, Features
from v2meow_pipeline.composer.takes import Take, beats_on_events, keep_best
from v2meow_pipeline.composer.windows import ClipWindow
from v2meow_pipeline.encoders.event_curves import event_times
from v2meow_pipeline.models.stages import EVENTS


def repeated(seen: Sequence[Features], takes: int) -> list[Features]:
    """Repeats the features of one video for each take.

    Args:
        seen: per window, each feature as [1, t, width].
        takes: number of takes.

    Returns:
        Per window, each feature as [takes, t, width].
    """
    return [{name: np.repeat(values, takes, axis=0) for name, values in window.items()} for window in seen]


def score_takes(
    composer: Composer,
    seen: Sequence[Features],
    windows: Sequence[ClipWindow],
    seeds: Sequence[int],
    likelihood_gains: np.ndarray,
    waves: Sequence[np.ndarray],
) -> tuple[Take, ...]:
    """Scores takes and marks the best.

    Args:
        composer: composer that generated the takes.
        seen: per window, its features including event curves, as [1, t, width].
        windows: windows of the video.
        seeds: seed of each take.
        likelihood_gains: `Composition.likelihood_gain`.
        waves: mono waveform of each take.

    Returns:
        One record per take.
    """
    clock = composer.clock
    of_windows = [
        event_times(features[EVENTS][0], clock) + window.start_s for features, window in zip(seen, windows, strict=True)
    ]
    new = [
        times_s[times_s >= window.start_s + window.known_s] for times_s, window in zip(of_windows, windows, strict=True)
    ]
    events_s = np.concatenate(new)
    takes = [
        Take(seed, float(gain), beats_on_events(wave, clock.sample_rate_hz, events_s))
        for seed, gain, wave in zip(seeds, likelihood_gains.tolist(), waves, strict=True)
    ]
    return keep_best(takes)
