"""Generates several takes of music for each clip, and selects the best one (takes.py)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.composer.composer import Composer, Composition, Features
from v2meow_pipeline.composer.guard import Redrawn
from v2meow_pipeline.composer.takes import Take, beats_on_events, keep_best
from v2meow_pipeline.composer.windows import ClipWindow
from v2meow_pipeline.encoders.event_curves import event_times
from v2meow_pipeline.metrics.silence import silent_share
from v2meow_pipeline.models.stages import EVENTS


class ClipTakes(NamedTuple):
    """The takes of one clip.

    Attributes:
        waves: mono waveform of each take, at the clock's rate.
        scores: scores of each take; exactly one of them is kept.
        redrawn: windows that were sampled again, of all takes; `Redrawn.clip` is the number of the take.
    """

    waves: tuple[np.ndarray, ...]
    scores: tuple[Take, ...]
    redrawn: tuple[Redrawn, ...]

    @property
    def best(self) -> int:
        """Number of the take that is kept, from 0."""
        return next(index for index, take in enumerate(self.scores) if take.kept)


def compose_takes(
    composer: Composer,
    seen: Sequence[Features],
    windows: Sequence[ClipWindow],
    seeds: Sequence[int],
    takes: int,
    duration_s: float,
    music_text: np.ndarray | None = None,
) -> list[ClipTakes]:
    """Generates takes for clips of equal duration, and selects the best take of each clip.

    Args:
        composer: trained models and sampling configuration.
        seen: per window, each feature as [clip, t, width]; several takes need event curves among them.
        windows: windows of the clips.
        seeds: seed of the first take of each clip; further takes have the seeds after it.
        takes: number of takes per clip, 1 or more.
        duration_s: duration of the music, seconds.
        music_text: music-text embedding of each clip, float32 [clip, 128]; None as in `Composer.compose`.

    Returns:
        One record per clip.
    """
    of_takes = [seed + take for seed in seeds for take in range(takes)]
    text = None if music_text is None else np.repeat(music_text, takes, axis=0)
    made = composer.compose(repeated(seen, takes), windows, of_takes, text, measure_gain=takes > 1)
    waves = [composer.render(codes, duration_s) for codes in made.codes]
    return select_takes(composer, seen, windows, of_takes, takes, made, waves)


def repeated(seen: Sequence[Features], takes: int) -> list[Features]:
    """Repeats the features of each clip for its takes.

    Args:
        seen: per window, each feature as [clip, t, width].
        takes: number of takes per clip.

    Returns:
        Per window, each feature as [clip x takes, t, width].
    """
    return [{name: np.repeat(values, takes, axis=0) for name, values in window.items()} for window in seen]


def select_takes(
    composer: Composer,
    seen: Sequence[Features],
    windows: Sequence[ClipWindow],
    seeds: Sequence[int],
    takes: int,
    made: Composition,
    waves: Sequence[np.ndarray],
) -> list[ClipTakes]:
    """Scores takes and selects the best one of each clip.

    Args:
        composer: composer that generated the takes.
        seen: per window, each feature as [clip, t, width]; several takes need event curves among them.
        windows: windows of the clips.
        seeds: seed of each take: those of the first clip, then those of the second, and so on.
        takes: number of takes per clip.
        made: the takes, in the order of `seeds`, with their gain in likelihood.
        waves: mono waveform of each take.

    Returns:
        One record per clip. The scores of a single take are NaN.
    """
    gains = made.likelihood_gain if takes > 1 else np.full(len(seeds), np.nan)
    missing = float("nan")
    scored = [Take(seed, float(gain), missing, missing) for seed, gain in zip(seeds, gains, strict=True)]
    chosen = []
    for clip, first in enumerate(range(0, len(seeds), takes)):
        part = slice(first, first + takes)
        of_clip = scored[part]
        if takes > 1:
            of_clip = _with_scores(composer, of_clip, waves[part], [window[EVENTS][clip] for window in seen], windows)
        chosen.append(ClipTakes(tuple(waves[part]), keep_best(of_clip), _redrawn_of(made.redrawn, part)))
    return chosen


def _with_scores(
    composer: Composer,
    takes: Sequence[Take],
    waves: Sequence[np.ndarray],
    curves: Sequence[np.ndarray],
    windows: Sequence[ClipWindow],
) -> list[Take]:
    """Takes of one clip with their scores; the events are those of its curves (one per window)."""
    events_s, rate_hz = _events_s(composer, curves, windows), composer.clock.sample_rate_hz
    return [
        take._replace(on_events=beats_on_events(wave, rate_hz, events_s), silent_share=silent_share(wave, rate_hz))
        for take, wave in zip(takes, waves, strict=True)
    ]


def _redrawn_of(redrawn: Sequence[Redrawn], part: slice) -> tuple[Redrawn, ...]:
    """Windows of the takes `part`, numbered from 0 within it."""
    inside = [entry for entry in redrawn if part.start <= entry.clip < part.stop]
    return tuple(entry._replace(clip=entry.clip - part.start) for entry in inside)


def _events_s(composer: Composer, curves: Sequence[np.ndarray], windows: Sequence[ClipWindow]) -> np.ndarray:
    """Times of the events of all windows, seconds from the clip's start, each event once."""
    of_windows = [
        event_times(curve, composer.clock) + window.start_s for curve, window in zip(curves, windows, strict=True)
    ]
    new = [
        times_s[times_s >= window.start_s + window.known_s] for times_s, window in zip(of_windows, windows, strict=True)
    ]
    return np.concatenate(new)
