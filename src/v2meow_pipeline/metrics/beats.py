"""Beat coverage, beat hit and F1: does the generated music have onsets in the seconds where the reference has them?

Conventions: onsets by librosa 0.11's `onset_detect` at 22,050 Hz, hop 512; a grid of one-second bins, `ceil(samples /
rate)` of them; a bin is set if an onset's time truncates to it. Scores of a clip are fractions, of a set percent.

The metric saturates: music has an onset in nearly every second, so a metronome scores near 100. Publish it beside
controls and beside `rhythm` and `tempo`.

Sources: the adjusted form is LORIS (Yu et al. 2023), `beats_scores.py`; the original is D2M-GAN (Zhu et al. 2022),
`Beats_Scores`, used by CDCD too. The paper's Table 2 gives both names without saying which form.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from v2meow_pipeline.metrics.librosa_loading import loaded_librosa
from v2meow_pipeline.metrics.validate import Array, Mask, require_wave

BEAT_RATE_HZ = 22_050
BEAT_HOP_SAMPLES = 512


class BeatForm(NamedTuple):
    """One published variant of the scores.

    Attributes:
        name: what the metric's key carries.
        pick: arguments of librosa's peak picking, in frames of hop 512 (what is absent takes librosa's default).
        coverage_of_reference: coverage = bins set in generated / bins set in reference, which may exceed 1; otherwise
            bins set in both / bins set in generated.
    """

    name: str
    pick: dict[str, Any]
    coverage_of_reference: bool


ADJUSTED = BeatForm(
    "adjusted", {"wait": 1, "delta": 0.2, "pre_avg": 3, "post_avg": 3, "pre_max": 3, "post_max": 3}, False
)
ORIGINAL = BeatForm("original", {"wait": 1, "delta": 0.2, "pre_avg": 1, "post_avg": 1, "post_max": 1}, True)
FORMS = (ADJUSTED, ORIGINAL)


class BeatScores(NamedTuple):
    """Scores of one clip, fractions; hit and adjusted coverage in [0, 1], original coverage in [0, inf)."""

    coverage: float
    hit: float


class SetBeatScores(NamedTuple):
    """Scores of a set of clips, percent: means, sample standard deviations, and F1 of the two means."""

    coverage: float
    coverage_std: float
    hit: float
    hit_std: float
    f1: float
    n: int


def cut_to_common_length(reference: Array, generated: Array) -> tuple[Array, Array]:
    """Both waves from their start to the end of the shorter.

    The definition cuts the reference to the generated length; where the reference is the shorter one, the generated
    wave is cut likewise, so that both have the same bins. Cut before onsets are sought: detection normalises over the
    whole wave.

    Args:
        reference: `[n]`.
        generated: `[m]` at the same rate.

    Returns:
        Both, `[min(n, m)]`.
    """
    samples = min(len(reference), len(generated))
    return reference[:samples], generated[:samples]


def beat_onset_envelope(wave: Array, sample_rate_hz: int) -> Array:
    """Onset strength that the bins are picked from.

    Args:
        wave: mono, `[n]`.
        sample_rate_hz: resampled to 22,050 Hz (librosa's default resampler) if it is another.

    Returns:
        `[frame]`, 43.07 frames a second, non-negative.
    """
    librosa = loaded_librosa()
    samples = require_wave(wave, sample_rate_hz)
    if sample_rate_hz != BEAT_RATE_HZ:
        samples = librosa.resample(samples, orig_sr=sample_rate_hz, target_sr=BEAT_RATE_HZ)
    envelope: Array = librosa.onset.onset_strength(y=samples, sr=BEAT_RATE_HZ, hop_length=BEAT_HOP_SAMPLES)
    return envelope


def bins_of_envelope(envelope: Array, n_bins: int, form: BeatForm) -> Mask:
    """One-second bins that hold an onset.

    Args:
        envelope: from `beat_onset_envelope`.
        n_bins: seconds of the wave, rounded up.
        form: which peaks count.

    Returns:
        `[n_bins]`.
    """
    librosa = loaded_librosa()
    times_s = librosa.onset.onset_detect(
        onset_envelope=envelope, sr=BEAT_RATE_HZ, hop_length=BEAT_HOP_SAMPLES, units="time", **form.pick
    )
    bins = np.zeros(n_bins, dtype=bool)
    seconds = np.trunc(times_s).astype(int)
    # The last frame is centred on the last sample's successor: at a whole second it would open a bin of no duration.
    bins[seconds[seconds < n_bins]] = True
    return bins


def count_bins(samples: int, sample_rate_hz: int) -> int:
    """Bins of a wave: its seconds, rounded up, at 22,050 Hz.

    Args:
        samples: length of the wave.
        sample_rate_hz: its rate.

    Returns:
        At least 1.
    """
    return math.ceil(math.ceil(samples * BEAT_RATE_HZ / sample_rate_hz) / BEAT_RATE_HZ)


def onset_bins(wave: Array, sample_rate_hz: int, form: BeatForm) -> Mask:
    """One-second bins of a wave that hold an onset.

    Args:
        wave: mono, `[n]`.
        sample_rate_hz: its rate; any.
        form: `ADJUSTED` or `ORIGINAL`.

    Returns:
        `[ceil(seconds)]`.
    """
    envelope = beat_onset_envelope(wave, sample_rate_hz)
    return bins_of_envelope(envelope, count_bins(len(wave), sample_rate_hz), form)


def beat_scores(reference_bins: Mask, generated_bins: Mask, form: BeatForm) -> BeatScores:
    """Coverage and hit of one clip.

    hits = bins set in both; hit = hits / bins set in reference; adjusted coverage = hits / bins set in generated;
    original coverage = bins set in generated / bins set in reference. By both definitions a score whose denominator is
    zero is 0.

    Args:
        reference_bins: `[second]`.
        generated_bins: `[second]`.
        form: `ADJUSTED` or `ORIGINAL`.

    Returns:
        Fractions.

    Raises:
        ValueError: if the two differ in length or are empty.
    """
    if len(reference_bins) != len(generated_bins):
        raise ValueError(f"bins of {len(reference_bins)} and {len(generated_bins)} seconds cannot be compared")
    if len(reference_bins) == 0:
        raise ValueError("there are no bins to compare")
    hits = int((reference_bins & generated_bins).sum())
    in_reference, in_generated = int(reference_bins.sum()), int(generated_bins.sum())
    hit = hits / in_reference if in_reference else 0.0
    if form.coverage_of_reference:
        return BeatScores(in_generated / in_reference if in_reference else 0.0, hit)
    return BeatScores(hits / in_generated if in_generated else 0.0, hit)


def f1(coverage: float, hit: float) -> float:
    """Harmonic mean 2 C H / (C + H), in the unit of its arguments; 0 where both are 0 (paper, Table 2).

    Args:
        coverage: mean coverage of a set.
        hit: mean hit of the same set, same unit.

    Returns:
        F1, same unit.
    """
    return 2 * coverage * hit / (coverage + hit) if coverage + hit else 0.0


def set_scores(scores: Sequence[BeatScores] | Array) -> SetBeatScores:
    """Scores of a set: mean and sample standard deviation of each, F1 from the two means.

    Args:
        scores: coverage and hit of each clip, `[clip, 2]`.

    Returns:
        Percent. The standard deviations of a single clip are NaN.

    Raises:
        ValueError: if there is no clip.
    """
    if len(scores) == 0:
        raise ValueError("there is no clip to score")
    percent = 100 * np.asarray(scores, dtype=np.float64)
    coverage, hit = percent.mean(axis=0)
    deviations = percent.std(axis=0, ddof=1) if len(scores) > 1 else np.full(2, np.nan)
    return SetBeatScores(
        float(coverage), float(deviations[0]), float(hit), float(deviations[1]), f1(coverage, hit), len(scores)
    )


def evaluate(reference: Array, generated: Array, sample_rate_hz: int) -> dict[str, float]:
    """All beat scores of one pair of waves.

    Args:
        reference: mono, `[n]`.
        generated: mono, `[m]`, same rate; the longer is cut.
        sample_rate_hz: of both.

    Returns:
        `beat_coverage_<form>` and `beat_hit_<form>` of both forms, fractions.
    """
    reference, generated = cut_to_common_length(reference, generated)
    scores = {}
    for form in FORMS:
        of_form = beat_scores(
            onset_bins(reference, sample_rate_hz, form), onset_bins(generated, sample_rate_hz, form), form
        )
        scores[f"beat_coverage_{form.name}"] = of_form.coverage
        scores[f"beat_hit_{form.name}"] = of_form.hit
    return scores
