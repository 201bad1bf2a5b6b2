"""All that the metrics of single clips need to know about a wave, analysed once."""

from typing import NamedTuple

from v2meow_pipeline.metrics.energy import loudness_envelope
from v2meow_pipeline.metrics.harmony import Key, find_key
from v2meow_pipeline.metrics.rhythm import Rhythm, analyse_rhythm
from v2meow_pipeline.metrics.validate import Array


class Traits(NamedTuple):
    """Of one wave.

    Attributes:
        rhythm: onsets, beats, tempo, silence.
        key: None for silence.
        loudness: envelope in dBFS at `energy.ENVELOPE_HZ`.
    """

    rhythm: Rhythm
    key: Key | None
    loudness: Array


def analyse_wave(wave: Array, sample_rate_hz: int) -> Traits:
    """Analyses a wave.

    Args:
        wave: mono, `[n]`.
        sample_rate_hz: samples a second.

    Returns:
        Its traits.
    """
    return Traits(
        analyse_rhythm(wave, sample_rate_hz), find_key(wave, sample_rate_hz), loudness_envelope(wave, sample_rate_hz)
    )
