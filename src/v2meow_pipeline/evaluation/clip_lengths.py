"""Clips that are shorter than the clock's, such as dances cut into segments: they are heard as long as they last.

Their sound is stored with silence behind it, and music is made for a whole clip. Scored as they are, a system would
lose by every second that it plays on, and silence would win.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from v2meow_pipeline.clock import Clock


class ClipTrimmer:
    """Cuts waves of clips to what there is of each clip."""

    def __init__(self, clips: pd.DataFrame, clock: Clock) -> None:
        """Looks how long each clip lasts.

        Args:
            clips: rows of the manifest.
            clock: rate of the waves and length of a clip.
        """
        seconds = (clips["end_s"] - clips["start_s"]).astype(float)
        self._samples = [min(clock.samples(lasts_s), clock.clip_samples) for lasts_s in seconds]
        self._whole = clock.clip_samples
        self._cut: dict[tuple[int, int], tuple[np.ndarray, np.ndarray]] = {}

    def whole(self) -> list[int]:
        """Places of the clips that are as long as the clock's."""
        return [place for place, samples in enumerate(self._samples) if samples == self._whole]

    def cut(self, waves: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The waves as long as their clips.

        Args:
            waves: `[clip_samples]` each, in the order of the clips.

        Returns:
            `[n]` each; a whole one is the same object, and one that is cut twice to the same length too, since what
            several systems share is heard once.
        """
        return [self._one(wave, samples) for wave, samples in zip(waves, self._samples, strict=True)]

    def _one(self, wave: np.ndarray, samples: int) -> np.ndarray:
        if samples >= len(wave):
            return wave
        # With the whole wave beside it, so that its id stays its own.
        _, cut = self._cut.setdefault((id(wave), samples), (wave, wave[:samples]))
        return cut
