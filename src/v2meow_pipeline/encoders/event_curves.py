"""Event curves: when something happens, and how much goes on, as two numbers at the clock's event rate.

The idea is V2M-Zero's (arXiv 2603.11042): a model that has learned to follow such a curve of the music follows that of
a video as well, since both are normalised to the same range. So any music trains it, and every video has a curve.

Channel 0 holds accents: 1 where an event lies, 0.5 in the frames beside it. Channel 1 holds energy: the rank of each
moment within the clip, from -0.5 (the calmest) to 0.5 (the liveliest).

Shapes: `t` frames at `clock.event_hz`, `event` times.
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
    """The curve of a clip.

    Args:
        times_s: of the events, seconds from the clip's start, in any order; those outside the clip are left out.
        activity: how much goes on over the whole clip, evenly spaced, in any unit: loudness, or speed of movement.
        clock: gives the rate.
        duration_s: of the clip.

    Returns:
        float32 [t, 2].
    """
    t = clock.event_frames(duration_s)
    return np.stack([accents(times_s, clock, t), energy(activity, t, duration_s)], axis=1).astype(np.float32)


def accents(times_s: Float[np.ndarray, " event"], clock: Clock, t: int) -> Float[np.ndarray, " t"]:
    """Channel 0: the events of `event_curve`, blurred over three frames, at most 1.

    Args:
        times_s: of the events, seconds.
        clock: gives the rate.
        t: frames.

    Returns:
        Values from 0 to 1.
    """
    impulses = np.zeros(t)
    frames = np.round(np.asarray(times_s, dtype=np.float64) * clock.event_hz).astype(int)
    impulses[frames[(frames >= 0) & (frames < t)]] = ACCENT
    return np.minimum(np.convolve(impulses, KERNEL)[1 : t + 1], ACCENT)


def energy(
    activity: Float[np.ndarray, " n"], t: int, duration_s: float, smoothing_s: float = SMOOTHING_S
) -> Float[np.ndarray, " t"]:
    """Channel 1: ranks of the smoothed activity, from -0.5 to 0.5; 0 throughout where nothing varies.

    Args:
        activity: evenly spaced over the clip, at least one value.
        t: frames.
        duration_s: of the clip.
        smoothing_s: length of the Hann window that smooths, seconds.

    Returns:
        A value a frame.
    """
    values = np.asarray(activity, dtype=np.float64)
    half = int(smoothing_s * len(values) / duration_s / 2)
    window = np.hanning(2 * half + 3)[1:-1]
    smooth = np.convolve(np.pad(values, half, mode="edge"), window / window.sum(), "valid")
    # A value stands for a stretch of time, and is taken at the stretch's middle.
    at = (np.arange(t) + 0.5) * len(values) / t - 0.5
    sampled = np.interp(at, np.arange(len(values)), smooth)
    if np.ptp(sampled) <= 1e-9 * max(1.0, np.abs(sampled).max()):
        return np.zeros(t)
    return np.argsort(np.argsort(sampled, kind="stable"), kind="stable") / max(1, t - 1) - 0.5


def with_dynamics(
    curve: Float[np.ndarray, "*shape t channel"], dynamics: float
) -> Float[np.ndarray, "*shape t channel"]:
    """The curve with less contrast of energy.

    Ranks reach the calmest moment of any clip, which in music may be a pause: a picture that stands still for a while
    would be answered by silence.

    Args:
        curve: as `event_curve` makes it.
        dynamics: 1 leaves the energy as it is, 0 makes it the same throughout.

    Returns:
        float32, of the same shape.
    """
    return (np.asarray(curve) * np.array([1.0, dynamics])).astype(np.float32)


def event_times(curve: Float[np.ndarray, "t channel"], clock: Clock) -> Float[np.ndarray, " event"]:
    """The events of a curve: the frames in which channel 0 is 1.

    Args:
        curve: as `event_curve` makes it.
        clock: gives the rate.

    Returns:
        Seconds, ascending.
    """
    return np.flatnonzero(curve[:, 0] >= ACCENT) / clock.event_hz
