"""Waveforms at the rate and in the windows that a network expects."""

from math import gcd

import numpy as np
from jaxtyping import Float


def to_rate(wave: Float[np.ndarray, " samples"], from_hz: int, to_hz: int) -> Float[np.ndarray, " resampled"]:
    """The waveform at another sample rate, by a polyphase filter.

    Args:
        wave: mono.
        from_hz: its sample rate.
        to_hz: the one wanted.

    Returns:
        float32; ceil(samples * to_hz / from_hz) samples.
    """
    wave = np.asarray(wave, np.float32)
    if from_hz == to_hz:
        return wave
    from scipy.signal import resample_poly

    common = gcd(from_hz, to_hz)
    return resample_poly(wave, to_hz // common, from_hz // common).astype(np.float32)


def segments(wave: Float[np.ndarray, " samples"], length: int) -> list[Float[np.ndarray, " segment"]]:
    """The waveform in adjoining segments at fixed positions, never random crops.

    Args:
        wave: mono, at least one sample.
        length: samples of a segment.

    Returns:
        At least one; a last one shorter than half of `length` is left out where there are others.
    """
    parts = [wave[start : start + length] for start in range(0, len(wave), length)]
    return parts[:-1] if len(parts) > 1 and len(parts[-1]) < length / 2 else parts
