"""Event curves: accents and energy of music or video over time, at the clock's event rate.

Following V2M-Zero (arXiv 2603.11042), a model trained to follow the curve of the music also follows the curve of a
video, since both have the same range. So it can be trained on any music and used with any video.

Channel 0 contains accents: 1 at an event and 0.5 in the neighbouring frames. Channel 1 contains energy: the rank of
each frame's activity within the clip, from -0.5 (lowest) to 0.5 (highest).

Shapes: `t` frames at `clock.event_hz`, `event` events, `channel` the two channels.
"""

import numpy as np
from jaxtyping import Float

from v2meow_pipeline.clock import Clock

NAME = "events"
CHANNELS = 2
KERNEL = np.array([0.5, 1.0, 0.5])
ACCENT = 1.0
SMOOTHING_S = 1.0


def event_curve(
    times_s: Float[np.ndarray, " event"], activity: Float[np.ndarray, " n"], clock: Clock, duration_s: float
) -> Float[np.ndarray, "t channel"]:
    """Computes the event curve of a clip.

    Args:
        times_s: event times in seconds from the clip's start, in any order; events outside the clip are ignored.
        activity: activity over the whole clip, evenly sampled, in any unit, such as loudness or speed of motion.
        clock: event rate.
        duration_s: duration of the clip, in seconds.

    Returns:
        Event curve, float32 [t, 2].
    """
    t = clock.event_frames(duration_s)
    return np.stack([accents(times_s, clock, t), energy(activity, t, duration_s)], axis=1).astype(np.float32)


def accents(times_s: Float[np.ndarray, " event"], clock: Clock, t: int) -> Float[np.ndarray, " t"]:
    """Channel 0: events, convolved with a kernel of three frames and clipped to 1.

    Args:
        times_s: event times, in seconds.
        clock: event rate.
        t: number of frames.

    Returns:
        Values in [0, 1].
    """
    impulses = np.zeros(t)
    frames = np.round(np.asarray(times_s, dtype=np.float64) * clock.event_hz).astype(int)
    impulses[frames[(frames >= 0) & (frames < t)]] = ACCENT
    return np.minimum(np.convolve(impulses, KERNEL)[1 : t + 1], ACCENT)


def energy(
    activity: Float[np.ndarray, " n"], t: int, duration_s: float, smoothing_s: float = SMOOTHING_S
) -> Float[np.ndarray, " t"]:
    """Channel 1: ranks of the smoothed activity, from -0.5 to 0.5; all 0 if the activity is constant.

    Args:
        activity: activity, evenly sampled over the clip, at least one value.
        t: number of frames.
        duration_s: duration of the clip, in seconds.
        smoothing_s: length of the Hann window for smoothing, in seconds.

    Returns:
        One value per frame.
    """
    values = np.asarray(activity, dtype=np.float64)
    half = int(smoothing_s * len(values) / duration_s / 2)
    window = np.hanning(2 * half + 3)[1:-1]
    smooth = np.convolve(np.pad(values, half, mode="edge"), window / window.sum(), "valid")
    # Values represent intervals, so interpolation is between their centres.
    at = (np.arange(t) + 0.5) * len(values) / t - 0.5
    sampled = np.interp(at, np.arange(len(values)), smooth)
    if np.ptp(sampled) <= 1e-9 * max(1.0, np.abs(sampled).max()):
        return np.zeros(t)
    return np.argsort(np.argsort(sampled, kind="stable"), kind="stable") / max(1, t - 1) - 0.5


def with_dynamics(
    curve: Float[np.ndarray, "*shape t channel"], dynamics: float
) -> Float[np.ndarray, "*shape t channel"]:
    """Scales the energy channel.

    Ranks always cover the full range, whose lowest values may be pauses in music, so that a still scene would produce
    silence.

    Args:
        curve: event curve (see `event_curve`).
        dynamics: factor of the energy: 1 leaves it unchanged, 0 makes it constant.

    Returns:
        Event curve, float32, of the same shape.
    """
    return (np.asarray(curve) * np.array([1.0, dynamics])).astype(np.float32)


def event_times(curve: Float[np.ndarray, "t channel"], clock: Clock) -> Float[np.ndarray, " event"]:
    """Event times of a curve: the frames in which channel 0 is 1.

    Args:
        curve: event curve (see `event_curve`).
        clock: event rate.

    Returns:
        Times in seconds, ascending.
    """
    return np.flatnonzero(curve[:, 0] >= ACCENT) / clock.event_hz
