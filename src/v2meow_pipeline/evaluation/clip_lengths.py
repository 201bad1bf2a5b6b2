"""Trimming of waves to the duration of clips that are shorter than the clock's, such as segments of dances.

The audio of such clips is stored zero-padded, and music is always generated for a full clip. Without trimming, a system
would be penalised for the music after the end of the clip, and silence would score best.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from v2meow_pipeline.clock import Clock


class ClipTrimmer:
    """Trims waves to the durations of their clips."""

    def __init__(self, clips: pd.DataFrame, clock: Clock) -> None:
        """Computes the length of each clip.

        Args:
            clips: rows of the manifest.
            clock: sample rate of the waves and length of a full clip.
        """
        seconds = (clips["end_s"] - clips["start_s"]).astype(float)
        self._samples = [min(clock.samples(lasts_s), clock.clip_samples) for lasts_s in seconds]
        self._whole = clock.clip_samples
        self._cut: dict[tuple[int, int], tuple[np.ndarray, np.ndarray]] = {}

    def whole(self) -> list[int]:
        """Indices of the clips that have the clock's full length."""
        return [index for index, samples in enumerate(self._samples) if samples == self._whole]

    def cut(self, waves: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Trims waves to the lengths of their clips.

        Args:
            waves: waves in the order of the clips, `[clip_samples]` each.

        Returns:
            Trimmed waves, `[n]` each. A wave that is not trimmed is the same object, and trimming one wave twice to the
            same length gives the same object, since embeddings are cached by the `id` of the wave.
        """
        return [self._one(wave, samples) for wave, samples in zip(waves, self._samples, strict=True)]

    def _one(self, wave: np.ndarray, samples: int) -> np.ndarray:
        if samples >= len(wave):
            return wave
        # The full wave is stored too, so that its id cannot be reused.
        _, cut = self._cut.setdefault((id(wave), samples), (wave, wave[:samples]))
        return cut
