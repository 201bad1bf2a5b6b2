"""Event curves of training examples: half of them of the music, half of the video, with random jitter and dropout.

At inference the video's curve is all there is. Curves of the music are exact, and every clip has one; curves of the
video are what the model will meet.

Shapes: `clip` clips, `t_event` values of a curve.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.audio_events import OnsetStrength, augment_video_curve, sample_audio_curve
from v2meow_pipeline.models.stages import EVENTS
from v2meow_pipeline.training.readers import Reader, stack_or_nan

AUDIO_EVENTS = "audio_events"
VIDEO_SHARE = 0.5


class EventCurves:
    """The curves of some clips.

    Attributes:
        of_video: float16 [clip, t_event, 2]; NaN for clips without pictures.
    """

    def __init__(self, readers: Mapping[str, Reader], clip_ids: Sequence[str], clock: Clock) -> None:
        """Reads what curves are drawn from.

        Args:
            readers: "events", the curves of the videos, and "audio_events", onset strength of the music.
            clip_ids: which clips.
            clock: the rates.
        """
        self._clock = clock
        self.of_video = stack_or_nan(readers[EVENTS], EVENTS, clip_ids)
        self._rises = readers[AUDIO_EVENTS].stack("rises", clip_ids)
        self._loudness = readers[AUDIO_EVENTS].stack("loudness", clip_ids)

    def sample(self, clips: np.ndarray, seeds: Sequence[int]) -> np.ndarray:
        """Curves for training, sampled anew for each seed.

        Args:
            clips: indices of the clips.
            seeds: of all that is random, one a clip.

        Returns:
            float32 [clip, t_event, 2]; of the music for half of the clips and for those without pictures.
        """
        return np.stack([self._draw(clip, seed) for clip, seed in zip(clips.tolist(), seeds, strict=True)])

    def fixed(self, clips: np.ndarray) -> np.ndarray:
        """Curves for validation: the videos', as at inference; where there are none, always the same of the music."""
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
