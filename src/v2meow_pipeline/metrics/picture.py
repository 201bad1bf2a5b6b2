"""What happens in a clip's picture, as the metrics of timing need it."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.metrics.validate import Array


class Picture(NamedTuple):
    """Events and movement of one clip; times in seconds from its first instant.

    Attributes:
        cuts_s: scene cuts, `[cut]`.
        peaks_s: peaks of movement, `[peak]`.
        motion: how much moves, `[t]`, any unit.
        motion_hz: values of `motion` a second.
        duration_s: of the clip.
    """

    cuts_s: Array
    peaks_s: Array
    motion: Array
    motion_hz: float
    duration_s: float

    def motion_at(self, rate_hz: float) -> Array:
        """Movement at another rate: the mean of the values that begin within each step.

        Args:
            rate_hz: values a second wanted, no more than there are.

        Returns:
            `[round(duration_s * rate_hz)]`, or less where the movement ends before.
        """
        count = round(self.duration_s * rate_hz)
        edges = np.round(np.arange(count + 1) * self.motion_hz / rate_hz).astype(int)
        steps = [self.motion[first:last] for first, last in pairwise(edges)]
        return np.array([step.mean() for step in steps if len(step)])
