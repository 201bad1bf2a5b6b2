"""Tempo estimate of a wave, and its relative error against a known tempo.

Conventions: tempi in beats per minute, in [30, 300]; errors are fractions, |estimate - truth| / truth. The equivalent
error also accepts other metrical levels: factors of 1/3, 1/2, 1, 2 and 3 (MIREX "accuracy 2"). Silence has no tempo:
NaN. The tolerance of 8 % is that of the MIREX tempo task; a clip without tempo counts as outside it.

Method: onset strength (librosa) with a hop of 16 ms, mean tempogram over windows of 8 s (Grosche et al. 2010),
librosa's log-normal prior centred on 120 BPM, then parabolic interpolation of the peak, since lags of whole frames are
up to 2 % off at 150 BPM.
"""

import numpy as np

from v2meow_pipeline.metrics.onset_strength import onset_strength, tempogram
from v2meow_pipeline.metrics.silence import SILENCE_DBFS, silent_share
from v2meow_pipeline.metrics.validate import Array, require_tempo, require_wave

ENVELOPE_HOP_S = 0.016
WINDOW_S = 8.0
SLOWEST_BPM = 30.0
FASTEST_BPM = 300.0
PRIOR_BPM = 120.0
TOLERANCE = 0.08
FACTORS = (1 / 3, 1 / 2, 1.0, 2.0, 3.0)


def onset_envelope(wave: Array, sample_rate_hz: int) -> Array:
    """Onset strength envelope with a hop of 16 ms, for tempo, beats and onsets.

    Args:
        wave: mono waveform, `[n]`.
        sample_rate_hz: sample rate in Hz; 16 kHz gives a hop of 256 samples.

    Returns:
        Non-negative onset strength, `[frame]`.
    """
    hop = envelope_hop_samples(sample_rate_hz)
    return onset_strength(require_wave(wave, sample_rate_hz), sample_rate_hz, hop, 8 * hop)


def envelope_hop_samples(sample_rate_hz: int) -> int:
    """Hop of `onset_envelope` in samples: 256 at 16 kHz."""
    return max(1, round(ENVELOPE_HOP_S * sample_rate_hz))


def tempo_of_envelope(envelope: Array, frame_hz: float) -> float:
    """Tempo of an onset envelope.

    Args:
        envelope: onset strength, `[frame]`.
        frame_hz: frame rate in Hz.

    Returns:
        Tempo in beats per minute, in [30, 300]; NaN if the envelope is zero.
    """
    if not envelope.any():
        return float("nan")
    strength = tempogram(envelope, max(2, round(WINDOW_S * frame_hz))).mean(axis=1)
    lags = np.arange(len(strength))
    with np.errstate(divide="ignore"):
        bpm = 60 * frame_hz / lags
    prior = -0.5 * np.log2(np.where(lags > 0, bpm, 1.0) / PRIOR_BPM) ** 2
    score = np.where(
        (bpm >= SLOWEST_BPM) & (bpm <= FASTEST_BPM), np.log1p(1e6 * np.clip(strength, 0, None)) + prior, -np.inf
    )
    return float(60 * frame_hz / _peak(strength, int(score.argmax())))


def _peak(values: Array, index: int) -> float:
    """Parabolic interpolation of the maximum at `index`; `index` itself if it is not a local maximum."""
    if not 0 < index < len(values) - 1:
        return float(index)
    before, here, after = (float(value) for value in values[index - 1 : index + 2])
    curvature = before - 2 * here + after
    if curvature >= 0 or here < max(before, after):
        return float(index)
    return index + 0.5 * (before - after) / curvature


def tempo_bpm(wave: Array, sample_rate_hz: int) -> float:
    """Tempo of a wave.

    Args:
        wave: mono waveform, `[n]`.
        sample_rate_hz: sample rate in Hz; the accuracy stated in this module holds at 16 kHz.

    Returns:
        Tempo in beats per minute; NaN if the whole wave is silent (below -60 dBFS) or has no onsets.
    """
    if silent_share(wave, sample_rate_hz, SILENCE_DBFS) == 1.0:
        return float("nan")
    frame_hz = sample_rate_hz / envelope_hop_samples(sample_rate_hz)
    return tempo_of_envelope(onset_envelope(wave, sample_rate_hz), frame_hz)


def tempo_error(estimate_bpm: float, truth_bpm: float) -> float:
    """Relative tempo error |estimate - truth| / truth.

    Args:
        estimate_bpm: estimated tempo in BPM; NaN without a tempo.
        truth_bpm: true tempo in BPM, finite and positive.

    Returns:
        Error as a fraction, 0 is best; NaN for a NaN estimate.
    """
    return abs(estimate_bpm - require_tempo(truth_bpm)) / truth_bpm


def tempo_error_equivalent(estimate_bpm: float, truth_bpm: float) -> float:
    """Smallest relative tempo error over the metrical levels in `FACTORS` (thirds, halves, doubles and triples).

    Args:
        estimate_bpm: estimated tempo in BPM; NaN without a tempo.
        truth_bpm: true tempo in BPM, finite and positive.

    Returns:
        Error as a fraction, 0 is best; NaN for a NaN estimate.
    """
    return min(tempo_error(factor * estimate_bpm, truth_bpm) for factor in FACTORS)


def within_tolerance(error: float, tolerance: float = TOLERANCE) -> bool:
    """Whether a tempo error is within the tolerance.

    Args:
        error: relative error as a fraction.
        tolerance: largest accepted error as a fraction.

    Returns:
        True if it is; False for NaN.
    """
    return bool(error <= tolerance + 1e-12)


def tempo_scores(estimate_bpm: float, truth_bpm: float) -> dict[str, float]:
    """All tempo scores of one clip.

    Args:
        estimate_bpm: tempo of the generated wave in BPM; NaN without a tempo.
        truth_bpm: annotated tempo, or estimated tempo of the reference wave, in BPM.

    Returns:
        `tempo_error`, `tempo_error_equivalent` (fractions, NaN without an estimate), `tempo_within_8pct`,
        `tempo_within_8pct_equivalent` (0 or 1).
    """
    exact, equivalent = tempo_error(estimate_bpm, truth_bpm), tempo_error_equivalent(estimate_bpm, truth_bpm)
    return {
        "tempo_error": exact,
        "tempo_error_equivalent": equivalent,
        "tempo_within_8pct": float(within_tolerance(exact)),
        "tempo_within_8pct_equivalent": float(within_tolerance(equivalent)),
    }
