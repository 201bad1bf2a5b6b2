"""Loudness after ITU-R BS.1770 (EBU R 128), and gain towards a target that neither clips nor amplifies silence."""

import logging
import math
import warnings

import numpy as np

LOG = logging.getLogger(__name__)

BLOCK_S = 0.4  # gating block of BS.1770; a shorter sound is repeated to fill one
SILENCE_LUFS = -70.0  # absolute gate of BS.1770
PEAK_DBFS = -1.0
MAX_GAIN_DB = 24.0
OVERSAMPLING = 4  # BS.1770, annex 2
PEAK_BLOCK_SAMPLES = 1 << 18


def loudness_lufs(wave: np.ndarray, sample_rate_hz: int) -> float:
    """Integrated loudness.

    Args:
        wave: float [n] or [n, channel], full scale 1; up to 5 channels in the order L R C Ls Rs.
        sample_rate_hz: samples a second.

    Returns:
        LUFS; -inf for silence, for nothing, and below the absolute gate of -70 LUFS.
    """
    import pyloudnorm  # imports scipy.signal: half a second

    if not len(wave) or not np.any(wave):
        return -math.inf
    short = math.ceil(BLOCK_S * sample_rate_hz) + 1
    if len(wave) < short:
        wave = np.tile(wave, (math.ceil(short / len(wave)),) + (1,) * (wave.ndim - 1))
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        measured = float(pyloudnorm.Meter(sample_rate_hz).integrated_loudness(wave.astype(np.float64)))
    return measured if measured > SILENCE_LUFS else -math.inf


def normalise_loudness(wave: np.ndarray, sample_rate_hz: int, target_lufs: float) -> np.ndarray:
    """The wave at a target loudness, or as near to it as peaks allow.

    One gain for the whole wave: at most 24 dB, and at most what keeps true peaks at -1 dBFS; when either limit
    holds it back, that is logged. Silence comes back as it is.

    Args:
        wave: float [n] or [n, channel], full scale 1.
        sample_rate_hz: samples a second.
        target_lufs: integrated loudness wanted.

    Returns:
        float32, the shape of `wave`.
    """
    measured = loudness_lufs(wave, sample_rate_hz)
    wanted_db = target_lufs - measured if math.isfinite(measured) else 0.0
    gain_db = min(wanted_db, MAX_GAIN_DB, PEAK_DBFS - true_peak_dbfs(wave))
    if gain_db < wanted_db - 0.1:
        told = "Loudness stays at %.1f LUFS (target %.1f), so that peaks stay below full scale and noise stays low."
        LOG.info(told, measured + gain_db, target_lufs)
    return (wave * 10 ** (gain_db / 20)).astype(np.float32)


def true_peak_dbfs(wave: np.ndarray) -> float:
    """The highest peak between samples, estimated by four-fold oversampling (BS.1770, annex 2).

    Args:
        wave: float [n] or [n, channel], full scale 1.

    Returns:
        Decibels relative to full scale; -inf for silence.
    """
    from scipy.signal import resample_poly

    peak = float(np.max(np.abs(wave), initial=0.0))
    for start in range(0, len(wave), PEAK_BLOCK_SAMPLES):
        block = wave[max(0, start - 32) : start + PEAK_BLOCK_SAMPLES + 32]
        if np.max(np.abs(block)) > peak / 2:  # no interpolated value can double
            peak = max(peak, float(np.max(np.abs(resample_poly(block, OVERSAMPLING, 1, axis=0)))))
    return 20 * math.log10(peak) if peak > 0 else -math.inf
