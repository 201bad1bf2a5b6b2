"""Features of a waveform that the per-clip metrics share, computed once per wave."""

from typing import NamedTuple

from v2meow_pipeline.metrics.energy import loudness_envelope
from v2meow_pipeline.metrics.harmony import Key, find_key
from v2meow_pipeline.metrics.rhythm import Rhythm, analyse_rhythm
from v2meow_pipeline.metrics.validate import Array


class WaveFeatures(NamedTuple):
    """Features of one wave.

    Attributes:
        samples: length of the wave in samples.
        rhythm: onsets, beats, tempo and share of silence.
        key: musical key; None for silence.
        loudness: loudness envelope in dBFS at `energy.ENVELOPE_HZ`.
    """

    samples: int
    rhythm: Rhythm
    key: Key | None
    loudness: Array


def analyse_wave(wave: Array, sample_rate_hz: int) -> WaveFeatures:
    """Computes the features of a wave.

    Args:
        wave: mono waveform, `[n]`.
        sample_rate_hz: sample rate in Hz.

    Returns:
        The features.
    """
    return WaveFeatures(
        len(wave),
        analyse_rhythm(wave, sample_rate_hz),
        find_key(wave, sample_rate_hz),
        loudness_envelope(wave, sample_rate_hz),
    )
