"""Loudness measurement by ITU-R BS.1770 (EBU R 128), and loudness normalization without clipping."""

import logging
import math
from typing import TYPE_CHECKING

import numpy as np

from v2meow_pipeline.media.limiter import limit_peaks
from v2meow_pipeline.media.resampling import upsample

if TYPE_CHECKING:
    import av.filter

LOG = logging.getLogger(__name__)

BLOCK_S = 0.4  # gating block of BS.1770; shorter signals are repeated to fill one
SILENCE_LUFS = -70.0  # absolute gate of BS.1770
PEAK_DBFS = -1.0
MAX_GAIN_DB = 24.0
MAX_LIMITING_DB = 9.0
LIMITER_ROUNDS = 3
CLOSE_ENOUGH_DB = 0.2
METER_BLOCK_SAMPLES = 1 << 16
LAYOUTS = {1: "mono", 2: "stereo"}
OVERSAMPLING = 4  # BS.1770, annex 2
PEAK_BLOCK_SAMPLES = 1 << 18


def loudness_lufs(wave: np.ndarray, sample_rate_hz: int) -> float:
    """Integrated loudness, measured block by block by FFmpeg's ebur128 filter in constant memory.

    Args:
        wave: float [n] or [n, channel], full scale 1; mono or stereo.
        sample_rate_hz: sample rate, Hz.

    Returns:
        Loudness in LUFS; -inf for an empty or silent waveform, and below the absolute gate of -70 LUFS.

    Raises:
        ValueError: if there are more than two channels.
    """
    wave = wave[:, None] if wave.ndim == 1 else wave
    if not len(wave) or not np.any(wave):
        return -math.inf
    short = math.ceil(BLOCK_S * sample_rate_hz) + 1
    if len(wave) < short:
        wave = np.tile(wave, (math.ceil(short / len(wave)), 1))
    measured = _ebur128_lufs(wave, sample_rate_hz)
    return measured if measured > SILENCE_LUFS else -math.inf


def _ebur128_lufs(wave: np.ndarray, sample_rate_hz: int) -> float:
    """Integrated loudness by FFmpeg's `ebur128` filter after the last block, LUFS."""
    import av.filter

    channels = wave.shape[1]
    if channels > 2:
        raise ValueError(f"Loudness can be measured for one or two channels, not for {channels}.")
    layout = LAYOUTS[channels]
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=sample_rate_hz, format="fltp", layout=layout)
    graph.link_nodes(source, graph.add("ebur128", "metadata=1"), graph.add("abuffersink")).configure()
    measured = -math.inf
    for start in range(0, len(wave), METER_BLOCK_SAMPLES):
        block = wave[start : start + METER_BLOCK_SAMPLES].T
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block, np.float32), format="fltp", layout=layout)
        frame.sample_rate, frame.pts = sample_rate_hz, start
        graph.push(frame)
        measured = _latest(graph, measured)
    graph.push(None)
    return _latest(graph, measured)


def _latest(graph: "av.filter.Graph", measured: float) -> float:
    """Integrated loudness from the latest output frame of the graph; `measured` if there is none (under 100 ms)."""
    import av.error

    while True:
        try:
            measured = float(graph.pull().metadata.get("lavfi.r128.I", measured))
        except (BlockingIOError, av.error.EOFError):
            return measured


def normalise_loudness(wave: np.ndarray, sample_rate_hz: int, target_lufs: float) -> np.ndarray:
    """Normalizes a waveform to a target loudness, or as close to it as the gain limits allow.

    Applies a constant gain of at most 24 dB, and a limiter that attenuates peaks by at most 9 dB, so that true peaks
    are at most -1 dBFS. A missed target is logged. Silence is returned unchanged.

    Args:
        wave: float [n] or [n, channel], full scale 1.
        sample_rate_hz: sample rate, Hz.
        target_lufs: target integrated loudness, LUFS.

    Returns:
        Normalized waveform, float32, with the shape of `wave`.
    """
    measured = loudness_lufs(wave, sample_rate_hz)
    if not math.isfinite(measured):
        return wave.astype(np.float32)
    max_gain_db = min(MAX_GAIN_DB, PEAK_DBFS - true_peak_dbfs(wave) + MAX_LIMITING_DB)
    gain_db = min(target_lufs - measured, max_gain_db)
    loud = _amplified(wave, sample_rate_hz, gain_db)
    for _ in range(LIMITER_ROUNDS):
        shortfall_db = target_lufs - loudness_lufs(loud, sample_rate_hz)
        if shortfall_db < CLOSE_ENOUGH_DB or gain_db >= max_gain_db:
            break
        gain_db = min(gain_db + shortfall_db, max_gain_db)
        loud = _amplified(wave, sample_rate_hz, gain_db)
    reached = loudness_lufs(loud, sample_rate_hz)
    if reached < target_lufs - CLOSE_ENOUGH_DB:
        message = "Loudness is %.1f LUFS (target %.1f): more gain would clip peaks or amplify noise."
        LOG.info(message, reached, target_lufs)
    return loud


def _amplified(wave: np.ndarray, sample_rate_hz: int, gain_db: float) -> np.ndarray:
    """Applies a gain and the limiter, then a small attenuation for true peaks that are still too high."""
    loud = limit_peaks(wave, sample_rate_hz, 10 ** (PEAK_DBFS / 20), 10 ** (gain_db / 20))
    over_db = max(0.0, true_peak_dbfs(loud) - PEAK_DBFS)
    loud *= np.float32(10 ** (-over_db / 20))
    return loud


def true_peak_dbfs(wave: np.ndarray) -> float:
    """True peak level, estimated by four-fold oversampling (BS.1770, annex 2).

    Args:
        wave: float [n] or [n, channel], full scale 1.

    Returns:
        True peak, dBFS; -inf for silence.
    """
    peak = float(np.max(np.abs(wave), initial=0.0))
    for start in range(0, len(wave), PEAK_BLOCK_SAMPLES):
        block = wave[max(0, start - 32) : start + PEAK_BLOCK_SAMPLES + 32]
        if np.max(np.abs(block)) > peak / 2:  # skip blocks that cannot raise the maximum
            peak = max(peak, float(np.max(np.abs(upsample(block, OVERSAMPLING)))))
    return 20 * math.log10(peak) if peak > 0 else -math.inf
