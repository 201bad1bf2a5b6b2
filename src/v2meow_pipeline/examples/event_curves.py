"""Event curves of training examples: half from the music, half from the video, with random jitter and dropout.

At inference only the video's curve is available, so training includes it. Curves from the music are exact and exist for
every clip.

Shapes: `clip` clips, `t_event` values of a curve.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.audio_events import OnsetStrength, augment_video_curve, sample_audio_curve
from v2meow_pipeline.examples.readers import Reader, stack_or_nan
from v2meow_pipeline.models.stages import EVENTS

AUDIO_EVENTS = "audio_events"
VIDEO_SHARE = 0.5


class EventCurves:
    """Event curves of a set of clips.

    Attributes:
        of_video: curves of the videos, float16 [clip, t_event, 2]; NaN for clips without video.
    """

    def __init__(self, readers: Mapping[str, Reader], clip_ids: Sequence[str], clock: Clock) -> None:
        """Loads video curves and onset strength into memory.

        Args:
            readers: "events", the curves of the videos, and "audio_events", the onset strength of the music.
            clip_ids: clips to load.
            clock: frame rates.
        """
        self._clock = clock
        self.of_video = stack_or_nan(readers[EVENTS], EVENTS, clip_ids)
        self._rises = readers[AUDIO_EVENTS].stack("rises", clip_ids)
        self._loudness = readers[AUDIO_EVENTS].stack("loudness", clip_ids)

    def sample(self, clips: np.ndarray, seeds: Sequence[int]) -> np.ndarray:
        """Samples curves for training.

        Args:
            clips: indices of the clips.
            seeds: one seed per clip.

        Returns:
            Curves, float32 [clip, t_event, 2]; from the music with probability 0.5 and for clips without video.
        """
        return np.stack([self._draw(clip, seed) for clip, seed in zip(clips.tolist(), seeds, strict=True)])

    def fixed(self, clips: np.ndarray) -> np.ndarray:
        """Curves for validation: those of the videos, as at inference; for clips without video a fixed music curve."""
        return np.stack(
            [
                self._draw(clip, clip) if np.isnan(self.of_video[clip]).any() else np.float32(self.of_video[clip])
                for clip in clips.tolist()
            ]
        )

    def _draw(self, clip: int, seed: int) -> np.ndarray:
        rng, of_video = np.random.default_rng(seed), self.of_video[clip]
        if rng.random() < VIDEO_SHARE and not np.isnan(of_video).any():
            return augment_video_curve(of_video.astype(np.float64), self._clock, rng)
        return sample_audio_curve(OnsetStrength(self._rises[clip], self._loudness[clip]), self._clock, rng)
