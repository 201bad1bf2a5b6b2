"""Animation signals of a clip's video, one value per frame: beat envelopes, camera travel, flashes and cuts.

The video of a clip moves on the beat, off the beat (with another tempo and phase) or without a pulse. All signals that
a scene uses are computed here, so that no scene can leak the beat into a clip without synchrony.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.synthetic.plan import ClipPlan, Timing

Signal = NDArray[np.float64]

_WEAK_BEAT: Final = 0.7
_EASE_S: Final = 0.07
_ACCENT_DECAY_S: Final = 0.09
_FLASH_DECAY_S: Final = 0.09
# Guidance on photosensitive epilepsy: no more than three flashes per second.
_FLASH_GAP_S: Final = 0.34
_FLASH_ENERGY: Final = 0.6
_OFF_BEAT_RATIOS: Final = (0.71, 0.83, 1.21, 1.37)


class BeatTimes(NamedTuple):
    """Event times that the video follows, seconds; empty arrays for a video without a pulse.

    Attributes:
        beats_s: [beat], ascending.
        downbeats_s: [bar], a subset of the beats.
        onsets_s: [onset], note onsets.
    """

    beats_s: Signal
    downbeats_s: Signal
    onsets_s: Signal


class Moment(NamedTuple):
    """Animation signals of one frame.

    Attributes:
        t_s: time of the frame, seconds.
        energy: energy of the music, 0 to 1.
        kick: decaying envelope of the beats, 0 to 1, scaled by energy.
        accent: decaying envelope of the onsets, 0 to 1.
        onset: number of onsets so far.
        sway: side-to-side motion, -1 to 1, which changes side on every beat.
        step: number of beats so far, eased between whole numbers.
        travel: distance travelled so far; faster after beats and with energy.
        flash: intensity of white light, 0 to 1.
    """

    t_s: float
    energy: float
    kick: float
    accent: float
    onset: int
    sway: float
    step: float
    travel: float
    flash: float


class Pulse(NamedTuple):
    """Animation signals of all frames of a clip.

    Attributes:
        moments: signals of each frame.
        beat: [frame], index of the last beat, -1 before the first; selects the direction of camera shakes.
        shot: [frame], number of cuts so far.
    """

    moments: list[Moment]
    beat: NDArray[np.int64]
    shot: NDArray[np.int64]


def picture_grid(plan: ClipPlan, timing: Timing) -> BeatTimes:
    """Event times for the video of a clip: those of the music, unrelated ones, or none.

    Args:
        plan: plan with the synchrony.
        timing: event times of the music.

    Returns:
        Event times of the video; an off-beat video has a tempo without a simple ratio to that of the music.
    """
    none = np.zeros(0)
    beats = np.asarray(timing.beats_s, dtype=np.float64)
    if plan.visual_sync == "pulse_free" or len(beats) < 2:
        return BeatTimes(none, none, none)
    if plan.visual_sync == "on_beat":
        return BeatTimes(beats, np.asarray(timing.downbeats_s, float), np.asarray(timing.onsets_s, float))
    rng = np.random.default_rng(derive_seed(plan.look_seed, "off_beat"))
    period_s = float(np.median(np.diff(beats))) / rng.choice(_OFF_BEAT_RATIOS)
    own = np.arange(rng.uniform(0.15, 0.85) * period_s, timing.duration_s, period_s)
    return BeatTimes(own, own[int(rng.integers(4)) :: 4], own)


def follow(plan: ClipPlan, timing: Timing, fps: float) -> Pulse:
    """Computes the animation signals of a clip.

    Args:
        plan: plan with energy, synchrony and look seed.
        timing: beats, bars, onsets and duration of the music.
        fps: frame rate, Hz; frame k is at time k / fps.

    Returns:
        Signals of round(duration * fps) frames.
    """
    grid = picture_grid(plan, timing)
    times = np.arange(round(timing.duration_s * fps)) / fps
    energy = plan.energy_at(times)
    rng = np.random.default_rng(derive_seed(plan.look_seed, "drift"))
    beat, since_s = _last(grid.beats_s, times)
    onset, since_onset_s = _last(grid.onsets_s, times)
    punch = _punch(grid, beat, since_s)
    eased = 1 - np.exp(-since_s / _EASE_S)
    if len(grid.beats_s):
        side = 1.0 - 2.0 * (beat % 2)
        sway = side * (2 * eased - 1)
        step = beat + eased
        pace = 0.3 + 2.4 * punch
    else:
        sway = np.sin(2 * np.pi * (rng.uniform(0.12, 0.2) * times + rng.uniform()))
        step = np.cumsum(0.5 + energy) / fps
        pace = np.full(len(times), 0.85)
    travel = np.cumsum((0.2 + 1.1 * energy) * pace) / fps
    strength = 0.2 + 0.8 * energy
    accent = np.exp(-since_onset_s / _ACCENT_DECAY_S)
    flash = _flashes(grid, plan, times)
    columns = (times, energy, punch * strength, accent, onset + 1, sway * (0.3 + 0.7 * energy), step, travel, flash)
    moments = [Moment(*values) for values in zip(*(column.tolist() for column in columns), strict=True)]
    return Pulse(moments, beat, _shots(grid, plan, times))


def cut_times(grid: BeatTimes, plan: ClipPlan) -> list[float]:
    """Times of cuts: every bar line at high energy, every second at medium, every fourth at low energy.

    Args:
        grid: event times of the video.
        plan: plan with the energy.

    Returns:
        Times in seconds, ascending; empty without a pulse.
    """
    cuts: list[float] = []
    bars_since = 0
    for downbeat_s in grid.downbeats_s.tolist():
        energy = float(plan.energy_at(downbeat_s))
        bars_since += 1
        if downbeat_s > 0 and bars_since > (0 if energy > 0.7 else 1 if energy > 0.4 else 3):
            cuts.append(downbeat_s)
            bars_since = 0
    return cuts


def _last(events_s: Signal, times: Signal) -> tuple[NDArray[np.int64], Signal]:
    """Index of the last event at each time (-1 before the first), and seconds since it (infinite before the first)."""
    if not len(events_s):
        return np.full(len(times), -1), np.full(len(times), np.inf)
    # The tolerance assigns a beat that coincides with a frame to that frame, regardless of the rounding of k / fps.
    index = np.searchsorted(events_s, times + 1e-6, side="right") - 1
    since_s = np.where(index < 0, np.inf, times - events_s[np.maximum(index, 0)])
    return index, np.maximum(since_s, 0.0)


def _punch(grid: BeatTimes, beat: NDArray[np.int64], since_s: Signal) -> Signal:
    """Decaying envelope of the beats, [frame], 0 to 1, stronger on the first beat of a bar."""
    if not len(grid.beats_s):
        return np.zeros(len(since_s))
    decay_s = min(0.14, 0.28 * float(np.median(np.diff(grid.beats_s))) if len(grid.beats_s) > 1 else 0.14)
    on_bar = np.isclose(grid.beats_s[:, None], grid.downbeats_s[None, :], atol=1e-3).any(axis=1)
    weight = np.where(on_bar, 1.0, _WEAK_BEAT)
    return weight[np.maximum(beat, 0)] * np.exp(-since_s / decay_s)


def _flashes(grid: BeatTimes, plan: ClipPlan, times: Signal) -> Signal:
    """Flash intensity, [frame], 0 to 1: on bars at high energy, on beats at very high energy, at most three/s."""
    bars = set(np.round(grid.downbeats_s, 3).tolist())
    flashes: list[float] = []
    for beat_s in grid.beats_s.tolist():
        energy = float(plan.energy_at(beat_s))
        wanted = energy > 0.85 or (energy > _FLASH_ENERGY and round(beat_s, 3) in bars)
        if wanted and (not flashes or beat_s - flashes[-1] >= _FLASH_GAP_S):
            flashes.append(beat_s)
    _, since_s = _last(np.array(flashes), times)
    return np.exp(-since_s / _FLASH_DECAY_S)


def _shots(grid: BeatTimes, plan: ClipPlan, times: Signal) -> NDArray[np.int64]:
    """Number of cuts so far, [frame]."""
    return _last(np.array(cut_times(grid, plan)), times)[0] + 1
