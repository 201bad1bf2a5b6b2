"""Cuts and motion of a clip's video, as used by the synchrony and energy metrics."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.metrics.validate import Array


class Picture(NamedTuple):
    """Events and motion of one clip's video; times in seconds from the start of the clip.

    Attributes:
        cuts_s: times of scene cuts, `[cut]`.
        peaks_s: times of motion peaks, `[peak]`.
        motion: motion energy, `[t]`, in any unit.
        motion_hz: values of `motion` per second.
        duration_s: duration of the clip in seconds.
    """

    cuts_s: Array
    peaks_s: Array
    motion: Array
    motion_hz: float
    duration_s: float

    def motion_at(self, rate_hz: float) -> Array:
        """Motion downsampled to a lower rate: the mean of the values in each step.

        Args:
            rate_hz: output rate in Hz, at most `motion_hz`.

        Returns:
            Motion, `[round(duration_s * rate_hz)]`, or fewer values if `motion` ends earlier.
        """
        count = round(self.duration_s * rate_hz)
        edges = np.round(np.arange(count + 1) * self.motion_hz / rate_hz).astype(int)
        steps = [self.motion[first:last] for first, last in pairwise(edges)]
        return np.array([step.mean() for step in steps if len(step)])
