"""Rhythm features of a wave, and scores of its beats and onsets against those of the reference.

Conventions: times in seconds from the start of the clip; mir_eval's definitions (beat F-measure within 70 ms, Cemgil
with sigma 40 ms, onset F-measure within 50 ms), without mir_eval's customary trimming of the first 5 s, which is half
of a clip. Range [0, 1], 1 is best. The score is 0 if nothing is detected in the generated wave, and NaN if the
reference has no beats or onsets.

Source: mir_eval (Raffel et al. 2014); beat tracking by librosa's dynamic programming (Ellis 2007), which reaches only F
.80 against exact beats: compare the scores with those of the ground truth. `beat_tracking` and `onset_detection` give
the results of librosa.
"""

import warnings
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.metrics import beats, tempo
from v2meow_pipeline.metrics.beat_tracking import track_beats
from v2meow_pipeline.metrics.onset_detection import PeakPicking, detect_onsets
from v2meow_pipeline.metrics.silence import silent_share
from v2meow_pipeline.metrics.validate import Array, Mask, require_wave

BEAT_WINDOW_S = 0.07
CEMGIL_SIGMA_S = 0.04
ONSET_WINDOW_S = 0.05


class Rhythm(NamedTuple):
    """Rhythm features of a wave.

    Attributes:
        bins: name of the beat score form -> one-second bins that contain an onset, `[second]`.
        tempo_bpm: tempo in beats per minute; NaN without a tempo.
        beats_s: beat times in seconds, ascending, `[beat]`.
        onsets_s: onset times in seconds, ascending, `[onset]`.
        silent_share: share of silence, in [0, 1].
    """

    bins: dict[str, Mask]
    tempo_bpm: float
    beats_s: Array
    onsets_s: Array
    silent_share: float


def analyse_rhythm(wave: Array, sample_rate_hz: int) -> Rhythm:
    """Computes the rhythm features of a wave (65 ms for 10 s at 16 kHz).

    Args:
        wave: mono waveform, `[n]`.
        sample_rate_hz: sample rate in Hz.

    Returns:
        Onset bins of both forms, tempo, beats, onsets and share of silence.
    """
    samples = require_wave(wave, sample_rate_hz)
    bin_envelope = beats.beat_onset_envelope(samples, sample_rate_hz)
    n_bins = beats.count_bins(len(samples), sample_rate_hz)
    bins = {form.name: beats.bins_of_envelope(bin_envelope, n_bins, form) for form in beats.FORMS}
    silent = silent_share(samples, sample_rate_hz)
    if silent == 1.0:
        return Rhythm(bins, float("nan"), np.zeros(0), np.zeros(0), silent)
    envelope = tempo.onset_envelope(samples, sample_rate_hz)
    hop = tempo.envelope_hop_samples(sample_rate_hz)
    bpm = tempo.tempo_of_envelope(envelope, sample_rate_hz / hop)
    return Rhythm(
        bins,
        bpm,
        _beats_s(envelope, bpm, sample_rate_hz, hop),
        _onsets_s(envelope, sample_rate_hz, hop),
        silent,
    )


def beats_s(wave: Array, sample_rate_hz: int) -> Array:
    """Beats alone.

    Args:
        wave: mono waveform, `[n]`.
        sample_rate_hz: sample rate in Hz.

    Returns:
        `Rhythm.beats_s` of `analyse_rhythm`.
    """
    samples = require_wave(wave, sample_rate_hz)
    if silent_share(samples, sample_rate_hz) == 1.0:
        return np.zeros(0)
    envelope, hop = tempo.onset_envelope(samples, sample_rate_hz), tempo.envelope_hop_samples(sample_rate_hz)
    return _beats_s(envelope, tempo.tempo_of_envelope(envelope, sample_rate_hz / hop), sample_rate_hz, hop)


def _beats_s(envelope: Array, bpm: float, sample_rate_hz: int, hop: int) -> Array:
    if np.isnan(bpm):
        return np.zeros(0)
    return track_beats(envelope, bpm, sample_rate_hz / hop) * hop / sample_rate_hz


def _onsets_s(envelope: Array, sample_rate_hz: int, hop: int) -> Array:
    return detect_onsets(envelope, PeakPicking.default(sample_rate_hz, hop)) * hop / sample_rate_hz


def _is_scored(reference_s: Array, generated_s: Array) -> float | None:
    """Score if one side is empty: NaN for an empty reference, else 0 for an empty generated side; None otherwise."""
    if len(reference_s) == 0:
        return float("nan")
    return 0.0 if len(generated_s) == 0 else None


def beat_f_measure(reference_s: Array, generated_s: Array) -> float:
    """F-measure of beats within 70 ms, without trimming the start of the clip.

    Args:
        reference_s: beat times of the reference in seconds, ascending, `[beat]`.
        generated_s: beat times of the generated wave in seconds, ascending, `[beat]`.

    Returns:
        F-measure in [0, 1]; NaN if the reference has no beats.
    """
    import mir_eval

    empty = _is_scored(reference_s, generated_s)
    if empty is not None:
        return empty
    return float(mir_eval.beat.f_measure(reference_s, generated_s, f_measure_threshold=BEAT_WINDOW_S))


def beat_cemgil(reference_s: Array, generated_s: Array) -> float:
    """Cemgil's beat score: sum of Gaussians of the timing errors, divided by the mean number of beats.

    Args:
        reference_s: beat times of the reference in seconds, ascending, `[beat]`.
        generated_s: beat times of the generated wave in seconds, ascending, `[beat]`.

    Returns:
        Score in [0, 1]; NaN if the reference has no beats.
    """
    import mir_eval

    empty = _is_scored(reference_s, generated_s)
    if empty is not None:
        return empty
    with warnings.catch_warnings():
        # mir_eval also scores half and double tempo, which warns for a single beat.
        warnings.simplefilter("ignore", UserWarning)
        return float(mir_eval.beat.cemgil(reference_s, generated_s, cemgil_sigma=CEMGIL_SIGMA_S)[0])


def onset_f_measure(reference_s: Array, generated_s: Array) -> float:
    """F-measure of onsets within 50 ms.

    Args:
        reference_s: onset times of the reference in seconds, ascending, `[onset]`.
        generated_s: onset times of the generated wave in seconds, ascending, `[onset]`.

    Returns:
        F-measure in [0, 1]; NaN if the reference has no onsets.
    """
    import mir_eval

    empty = _is_scored(reference_s, generated_s)
    if empty is not None:
        return empty
    return float(mir_eval.onset.f_measure(reference_s, generated_s, window=ONSET_WINDOW_S)[0])


def rhythm_scores(reference: Rhythm, generated: Rhythm) -> dict[str, float]:
    """All beat and onset scores of one clip.

    Args:
        reference: rhythm features of the ground truth.
        generated: rhythm features of the generated wave.

    Returns:
        `beat_f_librosa_70ms`, `beat_cemgil_librosa_40ms`, `onset_f_librosa_50ms`.
    """
    return {
        "beat_f_librosa_70ms": beat_f_measure(reference.beats_s, generated.beats_s),
        "beat_cemgil_librosa_40ms": beat_cemgil(reference.beats_s, generated.beats_s),
        "onset_f_librosa_50ms": onset_f_measure(reference.onsets_s, generated.onsets_s),
    }
