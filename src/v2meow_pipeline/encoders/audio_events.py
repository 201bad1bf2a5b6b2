"""Event curve of music, from onsets and loudness.

In training the curve is randomised: the frequency range, the fraction of onsets, and jitter. So a model learns to
follow any accents rather than those of one onset detector.

Shapes: `t_mel` log-mel frames at 50 Hz, `band` groups of mel bands, `event` events, `kept` events that are kept.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.event_curves import accents, energy, event_times
from v2meow_pipeline.networks.mel_filters import mel_filters

RATE_HZ = 50
WINDOW = 1280
GROUPS = 16
FLOOR = 1e-5
# A window extends beyond its hop, so that an onset appears this much too early.
AHEAD_S = 0.02
# Minimum increase of the mean log10 magnitude at an onset.
SMALLEST_RISE = 0.02
KEPT = (0.15, 1.0)
DROPPED = 0.1
JITTER_S = 0.015
SMOOTHING_S = (0.5, 2.0)
FLAT_SHARE = 0.3
LEAST_GROUPS = 2


class OnsetStrength(NamedTuple):
    """Onset strength and loudness of a clip.

    Attributes:
        rises: spectral flux: increase of log10 magnitude since the previous frame, >= 0, float16 [t_mel, band].
        loudness: mean log10 magnitude of all bands, float16 [t_mel].
    """

    rises: np.ndarray
    loudness: np.ndarray


def onset_strength(wave: Float[np.ndarray, " n"], sample_rate_hz: int) -> OnsetStrength:
    """Computes spectral flux in 16 groups of mel bands, and loudness.

    Args:
        wave: mono samples in [-1, 1].
        sample_rate_hz: sample rate of the waveform.

    Returns:
        Onset strength and loudness, one row per 20 ms.
    """
    hop = sample_rate_hz // RATE_HZ
    t, margin = len(wave) // hop, (WINDOW - hop) // 2
    padded = np.pad(wave.astype(np.float32, copy=False), margin, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::hop][:t]
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    magnitude = np.abs(np.fft.rfft(frames * window)) * (2 / window.sum())
    level = np.log10(magnitude @ mel_filters(8 * GROUPS, WINDOW, sample_rate_hz).T + FLOOR)
    rises = np.maximum(np.diff(level, axis=0, prepend=level[:1]), 0).reshape(t, GROUPS, -1).mean(axis=2)
    return OnsetStrength(rises.astype(np.float16), level.mean(axis=1).astype(np.float16))


def sample_audio_curve(
    strength: OnsetStrength, clock: Clock, rng: np.random.Generator
) -> Float[np.ndarray, "t channel"]:
    """Samples a randomised event curve of the music for training.

    With probability 0.5 only a random range of bands is used. The strongest 15 to 100 % of the onsets are kept; 10 % of
    these are dropped, and the others jittered by 15 ms. Energy is smoothed over 0.5 to 2 s, and flat with probability
    0.3.

    Args:
        strength: onset strength of the clip.
        clock: event rate.
        rng: random generator.

    Returns:
        Event curve, float32 [t, 2].
    """
    low, high = 0, GROUPS
    if rng.random() < 0.5:
        low, high = sorted(rng.integers(0, GROUPS + 1, 2).tolist())
        low, high = min(low, GROUPS - LEAST_GROUPS), max(high, min(low, GROUPS - LEAST_GROUPS) + LEAST_GROUPS)
    times_s = strongest_onsets(strength.rises[:, low:high], float(rng.uniform(*KEPT)))
    times_s = jittered(times_s, rng)
    duration_s = len(strength.loudness) / RATE_HZ
    t = clock.event_frames(duration_s)
    level = energy(strength.loudness, t, duration_s, float(rng.uniform(*SMOOTHING_S)))
    flat = rng.random() < FLAT_SHARE
    return np.stack([accents(times_s, clock, t), 0 * level if flat else level], axis=1).astype(np.float32)


def augment_video_curve(
    curve: Float[np.ndarray, "t channel"], clock: Clock, rng: np.random.Generator
) -> Float[np.ndarray, "t channel"]:
    """Randomises the event curve of a video for training: drops and jitters accents as in `sample_audio_curve`.

    Args:
        curve: event curve (see `event_curves.event_curve`).
        clock: event rate.
        rng: random generator.

    Returns:
        Event curve, float32 [t, 2].
    """
    augmented = accents(jittered(event_times(curve, clock), rng), clock, len(curve))
    return np.stack([augmented, curve[:, 1]], axis=1).astype(np.float32)


def strongest_onsets(rises: Float[np.ndarray, "t_mel band"], kept: float) -> Float[np.ndarray, " event"]:
    """Finds the strongest onsets: the highest local maxima of the mean flux.

    Args:
        rises: spectral flux of the bands to use.
        kept: fraction of the maxima to keep.

    Returns:
        Times in seconds, strongest first.
    """
    mean = rises.astype(np.float32).mean(axis=1)
    before, after = np.pad(mean, (1, 0))[:-1], np.pad(mean, (0, 1))[1:]
    peaks = np.flatnonzero((mean >= before) & (mean > after) & (mean > SMALLEST_RISE))
    ordered = peaks[np.argsort(-mean[peaks], kind="stable")]
    return ordered[: int(len(ordered) * kept)] / RATE_HZ + AHEAD_S


def jittered(times_s: Float[np.ndarray, " event"], rng: np.random.Generator) -> Float[np.ndarray, " kept"]:
    """Randomly drops 10 % of the times and adds jitter to the others."""
    kept = times_s[rng.random(len(times_s)) >= DROPPED]
    return kept + rng.normal(0, JITTER_S, len(kept))
