"""Onsets of an onset envelope, equal to those of librosa 0.11's `onset_detect` without importing librosa and numba."""

from typing import NamedTuple

import numpy as np

from v2meow_pipeline.metrics.validate import Array, Indices


class PeakPicking(NamedTuple):
    """Settings of librosa's `peak_pick` (Boeck et al. 2012), in frames.

    A frame is an onset if it is the maximum of the frames around it, exceeds their mean by `delta`, and no onset is
    among the `wait` frames before it.

    Attributes:
        pre_max: number of frames before it for the maximum.
        post_max: number of frames from it on for the maximum, at least 1.
        pre_avg: number of frames before it for the mean.
        post_avg: number of frames from it on for the mean, at least 1.
        delta: threshold above the mean, as a fraction of the envelope's range.
        wait: number of frames after an onset in which there is no other one.
    """

    pre_max: int
    post_max: int
    pre_avg: int
    post_avg: int
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
        maximum = scaled[max(0, frame - picking.pre_max) : frame + picking.post_max].max()
        around = scaled[max(0, frame - picking.pre_avg) : frame + picking.post_avg]
        if scaled[frame] == maximum and scaled[frame] >= around.mean() + picking.delta:
            onsets.append(frame)
            frame += picking.wait
        frame += 1
    return np.array(onsets, dtype=np.int64)
