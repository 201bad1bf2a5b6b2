"""Does the music rise and fall with something else: with the reference's music, or with the picture's movement?

Conventions: an envelope is a level every 1 / `envelope_hz` seconds, in dBFS as in `silence` (root mean square about the
window's mean), no lower than -60, so that what nobody hears does not count. Pearson's correlation asks for the same
shape, Spearman's only for the same order; range [-1, 1]. A constant envelope, such as silence, has no correlation: NaN.
Slow envelopes (4 Hz) tell of dynamics, fast ones of rhythm: the key names the rate. Neighbouring values resemble each
other, so a single clip's correlation is far from 0 by chance: read the mean over clips beside that of other clips.

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
    """Of two envelopes: both coefficients in [-1, 1], NaN where one does not vary, and the moments compared."""

    pearson: float
    spearman: float
    n: int


def loudness_envelope(wave: Array, sample_rate_hz: int, envelope_hz: float = ENVELOPE_HZ) -> Array:
    """The level of a wave over time.

    Args:
        wave: mono, `[n]`.
        sample_rate_hz: samples a second.
        envelope_hz: levels a second: 4, or the rate of a motion energy that it is compared with.

    Returns:
        `[round(n * envelope_hz / sample_rate_hz)]`, dBFS in [-60, 0]; a value stands for the time from its own instant
        to the next one's.

    Raises:
        ValueError: if the wave is empty, not finite, or too short for a single value, or the rate makes no sense.
    """
    samples = require_wave(wave, sample_rate_hz).astype(np.float64)
    if not 0 < envelope_hz <= sample_rate_hz:
        raise ValueError(f"{envelope_hz} Hz is not a rate for the envelope of a wave at {sample_rate_hz} Hz")
    count = round(len(samples) * envelope_hz / sample_rate_hz)
    if count == 0:
        raise ValueError(f"{len(samples)} samples are too short for an envelope at {envelope_hz} Hz")
    # Each edge is rounded from its own time: rounded steps added up would drift.
    edges = np.round(np.arange(count + 1) * sample_rate_hz / envelope_hz).astype(int)
    edges[-1] = min(edges[-1], len(samples))
    lengths = np.diff(edges)
    used, starts = samples[: edges[-1]], edges[:-1]
    means = np.add.reduceat(used, starts) / lengths
    power = np.add.reduceat((used - np.repeat(means, lengths)) ** 2, starts) / lengths
    return 10 * np.log10(np.maximum(power, 10 ** (SILENCE_DBFS / 10)))


def correlation(first: npt.ArrayLike, second: npt.ArrayLike) -> Correlation:
    """How two envelopes go together.

    Args:
        first: `[t]`.
        second: of the same moments, in any unit; longer or shorter by one value at most, which is not compared.

    Returns:
        The coefficients; Spearman's gives ties their mean rank.

    Raises:
        ValueError: if the lengths differ by more, fewer than three moments are left, or a value is not finite.
    """
    from scipy.stats import rankdata

    one, other = (_require_envelope(side) for side in (first, second))
    if abs(len(one) - len(other)) > 1:
        raise ValueError(f"envelopes of {len(one)} and {len(other)} values are not of the same moments")
    n = min(len(one), len(other))
    if n < FEWEST:
        raise ValueError(f"{n} moments have no correlation: at least {FEWEST} are needed")
    one, other = one[:n], other[:n]
    if _is_constant(one) or _is_constant(other):
        return Correlation(float("nan"), float("nan"), n)
    return Correlation(_pearson(one, other), _pearson(rankdata(one), rankdata(other)), n)


def evaluate(
    generated: Array, sample_rate_hz: int, other: npt.ArrayLike, of: str, envelope_hz: float = ENVELOPE_HZ
) -> dict[str, float]:
    """The correlations of one clip's loudness with another envelope.

    Args:
        generated: mono wave, `[n]`.
        sample_rate_hz: samples a second.
        other: the envelope to compare with, `[t]`, at `envelope_hz`: `loudness_envelope` of the reference, or the
            motion energy of the video.
        of: what `other` is, for the keys: "reference" or "motion".
        envelope_hz: values a second.

    Returns:
        `energy_pearson_<of>_<rate>hz`, `energy_spearman_<of>_<rate>hz`.
    """
    return scores(loudness_envelope(generated, sample_rate_hz, envelope_hz), other, of, envelope_hz)


def scores(
    loudness: npt.ArrayLike, other: npt.ArrayLike, of: str, envelope_hz: float = ENVELOPE_HZ
) -> dict[str, float]:
    """As `evaluate`, of an envelope that is there already.

    Args:
        loudness: `loudness_envelope` of the generated wave, `[t]`.
        other: the envelope to compare with, `[t]`.
        of: what `other` is, for the keys.
        envelope_hz: values a second of both.

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
    """Up to rounding."""
    return bool(np.ptp(values) <= 1e-9 * np.abs(values).max())


def _require_envelope(values: npt.ArrayLike) -> Array:
    envelope = np.asarray(values, dtype=np.float64)
    if envelope.ndim != 1 or not np.isfinite(envelope).all():
        raise ValueError(f"a finite envelope [t] is needed, not an array of shape {envelope.shape}")
    return envelope
