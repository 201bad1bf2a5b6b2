"""Beat coverage and beat hit scores with their F1: agreement of the onsets of generated and reference music, by second.

Conventions: onsets are detected by librosa 0.11's `onset_detect` at 22,050 Hz with hop 512. Time is divided into
`ceil(samples / rate)` one-second bins; a bin is set if it contains an onset. Scores of a clip are fractions, scores of
a set are percentages.

The metric saturates: music has an onset in nearly every second, so a metronome scores near 100. Report it together with
the controls and with the metrics of `rhythm` and `tempo`.

Sources: the adjusted form is from LORIS (Yu et al. 2023), `beats_scores.py`; the original form is from D2M-GAN (Zhu et
al. 2022), `Beats_Scores`, also used by CDCD. The paper's Table 2 does not say which form it uses.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.metrics.onset_detection import PeakPicking, detect_onsets
from v2meow_pipeline.metrics.onset_strength import onset_strength
from v2meow_pipeline.metrics.validate import Array, Mask, require_wave

BEAT_RATE_HZ = 22_050
BEAT_HOP_SAMPLES = 512
BEAT_WINDOW_SAMPLES = 2048


class BeatForm(NamedTuple):
    """One published variant of the scores.

    Attributes:
        name: name of the form in metric keys.
        picking: which frames of hop 512 are onsets.
        coverage_of_reference: True if coverage = bins set in generated / bins set in reference, which may exceed 1;
            False if coverage = bins set in both / bins set in generated.
    """

    name: str
    picking: PeakPicking
    coverage_of_reference: bool


ADJUSTED = BeatForm("adjusted", PeakPicking(3, 3, 3, 3, delta=0.2, wait=1), False)
# It leaves the frames before a maximum at librosa's default, which is one.
ORIGINAL = BeatForm("original", PeakPicking(1, 1, 1, 1, delta=0.2, wait=1), True)
FORMS = (ADJUSTED, ORIGINAL)


class BeatScores(NamedTuple):
    """Scores of one clip as fractions: hit and adjusted coverage in [0, 1], original coverage in [0, inf)."""

    coverage: float
    hit: float


class SetBeatScores(NamedTuple):
    """Scores of a set of clips in percent: means, sample standard deviations, and F1 of the two means."""

    coverage: float
    coverage_std: float
    hit: float
    hit_std: float
    f1: float
    n: int


def cut_to_common_length(reference: Array, generated: Array) -> tuple[Array, Array]:
    """Truncates both waves to the length of the shorter one.

    The published definition truncates the reference to the generated length. A reference that is shorter than the
    generated wave truncates the latter, so that both have the same bins. Call this before onset detection, which
    normalises over the whole wave.

    Args:
        reference: waveform, `[n]`.
        generated: waveform at the same sample rate, `[m]`.

    Returns:
        Both waves, `[min(n, m)]`.
    """
    samples = min(len(reference), len(generated))
    return reference[:samples], generated[:samples]


def beat_onset_envelope(wave: Array, sample_rate_hz: int) -> Array:
    """Onset strength envelope for `bins_of_envelope`.

    Args:
        wave: mono waveform, `[n]`.
        sample_rate_hz: sample rate in Hz; the wave is resampled to 22,050 Hz (by soxr, librosa's default) if needed.

    Returns:
        Non-negative onset strength, `[frame]`, at 43.07 frames per second.
    """
    import soxr

    samples = require_wave(wave, sample_rate_hz)
    if sample_rate_hz != BEAT_RATE_HZ:
        count = math.ceil(len(samples) * BEAT_RATE_HZ / sample_rate_hz)
        samples = soxr.resample(samples, sample_rate_hz, BEAT_RATE_HZ, quality="soxr_hq")[:count]
        samples = np.pad(samples, (0, count - len(samples)))
    return onset_strength(samples, BEAT_RATE_HZ, BEAT_HOP_SAMPLES, BEAT_WINDOW_SAMPLES)


def bins_of_envelope(envelope: Array, n_bins: int, form: BeatForm) -> Mask:
    """One-second bins of an onset envelope that contain an onset.

    Args:
        envelope: onset strength as returned by `beat_onset_envelope`.
        n_bins: number of bins: the duration of the wave in seconds, rounded up.
        form: variant of the scores; gives the peak-picking arguments.

    Returns:
        Mask, `[n_bins]`.
    """
    times_s = detect_onsets(envelope, form.picking) * BEAT_HOP_SAMPLES / BEAT_RATE_HZ
    bins = np.zeros(n_bins, dtype=bool)
    seconds = np.trunc(times_s).astype(int)
    # The last frame is centred one sample past the end, which for whole seconds would fall into a bin of zero duration.
    bins[seconds[seconds < n_bins]] = True
    return bins


def count_bins(samples: int, sample_rate_hz: int) -> int:
    """Number of one-second bins of a wave: its duration at 22,050 Hz, rounded up.

    Args:
        samples: length of the wave in samples.
        sample_rate_hz: sample rate in Hz.

    Returns:
        Number of bins.
    """
    return math.ceil(math.ceil(samples * BEAT_RATE_HZ / sample_rate_hz) / BEAT_RATE_HZ)


def onset_bins(wave: Array, sample_rate_hz: int, form: BeatForm) -> Mask:
    """One-second bins of a wave that contain an onset.

    Args:
        wave: mono waveform, `[n]`.
        sample_rate_hz: sample rate in Hz.
        form: `ADJUSTED` or `ORIGINAL`.

    Returns:
        Mask, `[ceil(seconds)]`.
    """
    envelope = beat_onset_envelope(wave, sample_rate_hz)
    return bins_of_envelope(envelope, count_bins(len(wave), sample_rate_hz), form)


def beat_scores(reference_bins: Mask, generated_bins: Mask, form: BeatForm) -> BeatScores:
    """Coverage and hit of one clip.

    hits = bins set in both; hit = hits / bins set in reference; adjusted coverage = hits / bins set in generated;
    original coverage = bins set in generated / bins set in reference. Both definitions give 0 for a zero denominator.

    Args:
        reference_bins: onset bins of the reference, `[second]`.
        generated_bins: onset bins of the generated music, `[second]`.
        form: `ADJUSTED` or `ORIGINAL`.

    Returns:
        Coverage and hit as fractions.

    Raises:
        ValueError: if the two differ in length or are empty.
    """
    if len(reference_bins) != len(generated_bins):
        raise ValueError(
            f"reference and generated onset bins differ in length: {len(reference_bins)} and {len(generated_bins)}; "
            "cut both waves to a common length first"
        )
    if len(reference_bins) == 0:
        raise ValueError("onset bins are empty")
    hits = int((reference_bins & generated_bins).sum())
    in_reference, in_generated = int(reference_bins.sum()), int(generated_bins.sum())
    hit = hits / in_reference if in_reference else 0.0
    if form.coverage_of_reference:
        return BeatScores(in_generated / in_reference if in_reference else 0.0, hit)
    return BeatScores(hits / in_generated if in_generated else 0.0, hit)


def f1(coverage: float, hit: float) -> float:
    """Harmonic mean 2 C H / (C + H) of coverage and hit, in their unit; 0 if both are 0 (paper, Table 2).

    Args:
        coverage: mean coverage of a set.
        hit: mean hit of the same set, in the same unit.

    Returns:
        F1, in the same unit.
    """
    return 2 * coverage * hit / (coverage + hit) if coverage + hit else 0.0


def set_scores(scores: Sequence[BeatScores] | Array) -> SetBeatScores:
    """Scores of a set of clips: mean and sample standard deviation of coverage and hit, and F1 of the two means.

    Args:
        scores: coverage and hit of each clip as fractions, `[clip, 2]`.

    Returns:
        Scores in percent. The standard deviations of a single clip are NaN.

    Raises:
        ValueError: if there is no clip.
    """
    if len(scores) == 0:
        raise ValueError("no clip to score")
    percent = 100 * np.asarray(scores, dtype=np.float64)
    coverage, hit = percent.mean(axis=0)
    deviations = percent.std(axis=0, ddof=1) if len(scores) > 1 else np.full(2, np.nan)
    return SetBeatScores(
        float(coverage), float(deviations[0]), float(hit), float(deviations[1]), f1(coverage, hit), len(scores)
    )
