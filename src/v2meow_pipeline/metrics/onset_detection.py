"""Onsets of an onset envelope, equal to those of librosa 0.11's `onset_detect` without importing librosa and numba."""

from typing import NamedTuple

import numpy as np

from v2meow_pipeline.metrics.validate import Array, Indices


class PeakPicking(NamedTuple):
    """Which frames of an onset envelope are onsets (Boeck et al. 2012), counted in frames.

    Attributes:
        before_max: an onset is the maximum of this many frames before it,
        after_max: and of this many from it on, at least 1.
        before_mean: it exceeds the mean of this many frames before it,
        after_mean: and of this many from it on, at least 1,
        delta: by this share of the envelope's range.
        wait: frames after an onset that cannot be another one.
    """

    before_max: int
    after_max: int
    before_mean: int
    after_mean: int
    delta: float
    wait: int

    @classmethod
    def default(cls, sample_rate_hz: int, hop: int) -> "PeakPicking":
        """librosa's default: maximum of 30 ms before, mean of 100 ms on either side.

        Args:
            sample_rate_hz: sample rate in Hz.
            hop: hop length of the envelope in samples.

        Returns:
            The settings.
        """
        near, far = int(0.03 * sample_rate_hz // hop), int(0.1 * sample_rate_hz // hop)
        return cls(near, 1, far, far + 1, 0.07, near)


def detect_onsets(envelope: Array, picking: PeakPicking) -> Indices:
    """Frames with onsets.

    Args:
        envelope: onset strength, `[frame]`.
        picking: which frames are onsets.

    Returns:
        Indices of frames, ascending, `[onset]`; none for a constant envelope.
    """
    scaled = envelope - envelope.min()
    scaled /= scaled.max() + np.finfo(scaled.dtype).tiny
    onsets: list[int] = []
    if not scaled.any():
        return np.array(onsets, dtype=np.int64)
    frame = 0
    while frame < len(scaled):
        maximum = scaled[max(0, frame - picking.before_max) : frame + picking.after_max].max()
        around = scaled[max(0, frame - picking.before_mean) : frame + picking.after_mean]
        if scaled[frame] == maximum and scaled[frame] >= around.mean() + picking.delta:
            onsets.append(frame)
            frame += picking.wait
        frame += 1
    return np.array(onsets, dtype=np.int64)
