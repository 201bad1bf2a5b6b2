"""Resampling and segmentation of waveforms."""

import numpy as np
from jaxtyping import Float

from v2meow_pipeline.media.resampling import resample


def to_rate(wave: Float[np.ndarray, " samples"], from_hz: int, to_hz: int) -> Float[np.ndarray, " resampled"]:
    """Resamples a waveform with a polyphase filter.

    Args:
        wave: mono waveform.
        from_hz: sample rate of the waveform.
        to_hz: target sample rate.

    Returns:
        Resampled waveform, float32, with ceil(samples * to_hz / from_hz) samples.
    """
    return resample(np.asarray(wave, np.float32), from_hz, to_hz)


def segments(wave: Float[np.ndarray, " samples"], length: int) -> list[Float[np.ndarray, " segment"]]:
    """Splits a waveform into contiguous segments.

    Args:
        wave: mono waveform, at least one sample.
        length: samples per segment.

    Returns:
        At least one segment; the last one is dropped if it is shorter than half of `length` and not the only one.
    """
    parts = [wave[start : start + length] for start in range(0, len(wave), length)]
    return parts[:-1] if len(parts) > 1 and len(parts[-1]) < length / 2 else parts
