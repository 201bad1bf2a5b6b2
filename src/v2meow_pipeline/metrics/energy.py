"""Correlation of the music's loudness envelope with another envelope: the reference's loudness, or the video's motion.

Conventions: an envelope has one level per 1 / `envelope_hz` seconds, in dBFS as in `silence` (root mean square about
the window's mean), clipped at -60 dBFS so that inaudible differences do not count. Pearson's correlation measures a
linear relation, Spearman's a monotonic one; range [-1, 1]. A constant envelope, such as that of silence, has no
correlation: NaN. Slow envelopes (4 Hz) describe dynamics, fast ones rhythm; the metric key names the rate. Because of
autocorrelation the value of a single clip can be far from 0 by chance: compare the mean over clips with that of
shuffled clips.

Source: our own; the correlation of loudness with visual motion is common for dance (e.g. Li et al. 2021, AIST++).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.metrics.silence import SILENCE_DBFS
from v2meow_pipeline.metrics.validate import Array, require_wave

ENVELOPE_HZ = 4.0
FEWEST = 3


class Correlation(NamedTuple):
    """Correlation coefficients of two envelopes in [-1, 1] (NaN if one is constant), and the number of values."""

    pearson: float
    spearman: float
    n: int


def loudness_envelope(wave: Array, sample_rate_hz: int, envelope_hz: float = ENVELOPE_HZ) -> Array:
    """Loudness envelope of a wave.

    Args:
        wave: mono waveform, `[n]`.
        sample_rate_hz: sample rate in Hz.
        envelope_hz: values per second of the envelope, at most the sample rate.

    Returns:
        Levels in dBFS, in [-60, 0], `[round(n * envelope_hz / sample_rate_hz)]`; each covers the time from its own
        instant to that of the next value.

    Raises:
        ValueError: if the wave is empty, not finite, or too short for a single value, or the rate is invalid.
    """
    samples = require_wave(wave, sample_rate_hz).astype(np.float64)
    if not 0 < envelope_hz <= sample_rate_hz:
        raise ValueError(
            f"{envelope_hz} Hz is not a rate for the envelope of a wave at {sample_rate_hz} Hz: use a rate above 0 and "
            "at most the sample rate"
        )
    count = round(len(samples) * envelope_hz / sample_rate_hz)
    if count == 0:
        raise ValueError(f"a wave of {len(samples)} samples is too short for an envelope at {envelope_hz} Hz")
    # Each edge is rounded from its exact time: adding up rounded steps would accumulate error.
    edges = np.round(np.arange(count + 1) * sample_rate_hz / envelope_hz).astype(int)
    edges[-1] = min(edges[-1], len(samples))
    lengths = np.diff(edges)
    used, starts = samples[: edges[-1]], edges[:-1]
    means = np.add.reduceat(used, starts) / lengths
    power = np.add.reduceat((used - np.repeat(means, lengths)) ** 2, starts) / lengths
    return 10 * np.log10(np.maximum(power, 10 ** (SILENCE_DBFS / 10)))


def correlation(first: npt.ArrayLike, second: npt.ArrayLike) -> Correlation:
    """Pearson's and Spearman's correlation of two envelopes.

    Args:
        first: envelope, `[t]`.
        second: envelope at the same times, in any unit; its length may differ by one value, which is ignored.

    Returns:
        The coefficients; Spearman's gives ties their mean rank.

    Raises:
        ValueError: if the lengths differ by more than one, fewer than three values are left, or one is not finite.
    """
    from scipy.stats import rankdata

    one, other = (_require_envelope(side) for side in (first, second))
    if abs(len(one) - len(other)) > 1:
        raise ValueError(f"envelopes of {len(one)} and {len(other)} values do not cover the same moments")
    n = min(len(one), len(other))
    if n < FEWEST:
        raise ValueError(f"{n} moments are too few for a correlation: at least {FEWEST} are needed")
    one, other = one[:n], other[:n]
    if _is_constant(one) or _is_constant(other):
        return Correlation(float("nan"), float("nan"), n)
    return Correlation(_pearson(one, other), _pearson(rankdata(one), rankdata(other)), n)


def loudness_correlations(
    loudness: npt.ArrayLike, other: npt.ArrayLike, of: str, envelope_hz: float = ENVELOPE_HZ
) -> dict[str, float]:
    """Correlations of one clip's loudness with another envelope.

    Args:
        loudness: `loudness_envelope` of the generated wave, `[t]`.
        other: envelope to compare with, `[t]`, at `envelope_hz`: `loudness_envelope` of the reference, or the motion
            energy of the video.
        of: name of `other` in the keys: "reference" or "motion".
        envelope_hz: values per second of both envelopes.

    Returns:
        `energy_pearson_<of>_<rate>hz`, `energy_spearman_<of>_<rate>hz`.
    """
    found = correlation(loudness, other)
    return {
        f"energy_pearson_{of}_{envelope_hz:g}hz": found.pearson,
        f"energy_spearman_{of}_{envelope_hz:g}hz": found.spearman,
    }


def _pearson(first: Array, second: Array) -> float:
    return float(np.corrcoef(first, second)[0, 1])


def _is_constant(values: Array) -> bool:
    """Whether all values are equal up to rounding."""
    return bool(np.ptp(values) <= 1e-9 * np.abs(values).max())


def _require_envelope(values: npt.ArrayLike) -> Array:
    envelope = np.asarray(values, dtype=np.float64)
    if envelope.ndim != 1 or not np.isfinite(envelope).all():
        raise ValueError(f"expected an envelope [t] of finite values, got an array of shape {envelope.shape}")
    return envelope
