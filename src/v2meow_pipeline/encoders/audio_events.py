"""The event curve of music: its onsets and its loudness.

In training the curve is drawn at random from what is measured once: which bands of the spectrum count, how many of the
onsets, a little jitter. So a model learns to follow whatever accents it is given, not one detector's.

Shapes: `t_mel` log-mel frames at 50 Hz, `band` groups of mel bands.
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
# Windows reach ahead, so that a rise shows so much before its onset.
AHEAD_S = 0.02
# Rises of the mean log10 magnitude below this are not onsets.
SMALLEST_RISE = 0.02
KEPT = (0.15, 1.0)
DROPPED = 0.1
JITTER_S = 0.015
SMOOTHING_S = (0.5, 2.0)
FLAT_SHARE = 0.3
LEAST_GROUPS = 2


class OnsetStrength(NamedTuple):
    """What event curves are drawn from.

    Attributes:
        rises: float16 [t_mel, band], how much log10 magnitude rises from one frame to the next, from 0.
        loudness: float16 [t_mel], mean log10 magnitude of all bands.
    """

    rises: np.ndarray
    loudness: np.ndarray


def onset_strength(wave: Float[np.ndarray, " n"], sample_rate_hz: int) -> OnsetStrength:
    """Rises of the spectrum in 16 groups of mel bands, and loudness.

    Args:
        wave: mono samples in [-1, 1].
        sample_rate_hz: of the wave.

    Returns:
        A row for each 20 ms.
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
    """A curve of the music for training.

    Half of the time only a random range of bands counts. The strongest 15 to 100 % of the onsets are kept; of these
    10 % are dropped, the others jittered by 15 ms. Energy is smoothed over 0.5 to 2 s, and flat for 30 % of examples.

    Args:
        strength: of the clip.
        clock: gives the rate.
        rng: of all that is random.

    Returns:
        float32 [t, 2].
    """
    low, high = 0, GROUPS
    if rng.random() < 0.5:
        low, high = sorted(rng.integers(0, GROUPS + 1, 2).tolist())
        low, high = min(low, GROUPS - LEAST_GROUPS), max(high, min(low, GROUPS - LEAST_GROUPS) + LEAST_GROUPS)
    times_s = strongest_onsets(strength.rises[:, low:high], float(rng.uniform(*KEPT)))
    times_s = jittered(times_s, rng)
    duration_s = len(strength.loudness) / RATE_HZ
    t = clock.event_frames(duration_s)
    lively = energy(strength.loudness, t, duration_s, float(rng.uniform(*SMOOTHING_S)))
    flat = rng.random() < FLAT_SHARE
    return np.stack([accents(times_s, clock, t), 0 * lively if flat else lively], axis=1).astype(np.float32)


def augment_video_curve(
    curve: Float[np.ndarray, "t channel"], clock: Clock, rng: np.random.Generator
) -> Float[np.ndarray, "t channel"]:
    """The curve of a video for training: its accents dropped and jittered as in `sample_audio_curve`.

    Args:
        curve: as `event_curves.event_curve` makes it.
        clock: gives the rate.
        rng: of all that is random.

    Returns:
        float32 [t, 2].
    """
    changed = accents(jittered(event_times(curve, clock), rng), clock, len(curve))
    return np.stack([changed, curve[:, 1]], axis=1).astype(np.float32)


def strongest_onsets(rises: Float[np.ndarray, "t_mel band"], kept: float) -> Float[np.ndarray, " event"]:
    """Times of the highest local maxima of the mean rise.

    Args:
        rises: of `onset_strength`, some of its bands.
        kept: share of the maxima, from the highest.

    Returns:
        Seconds, the strongest first.
    """
    mean = rises.astype(np.float32).mean(axis=1)
    before, after = np.pad(mean, (1, 0))[:-1], np.pad(mean, (0, 1))[1:]
    peaks = np.flatnonzero((mean >= before) & (mean > after) & (mean > SMALLEST_RISE))
    ordered = peaks[np.argsort(-mean[peaks], kind="stable")]
    return ordered[: int(len(ordered) * kept)] / RATE_HZ + AHEAD_S


def jittered(times_s: Float[np.ndarray, " event"], rng: np.random.Generator) -> Float[np.ndarray, " kept"]:
    """The times without a tenth of them, each moved a little."""
    kept = times_s[rng.random(len(times_s)) >= DROPPED]
    return kept + rng.normal(0, JITTER_S, len(kept))
