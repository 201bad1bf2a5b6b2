"""Batches of single video frames, for networks that are trained on images."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.frames import FRAMES
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.encoders.vitvqgan.objective import IMAGES
from v2meow_pipeline.examples.epochs import EpochSampler


class ClipPictures:
    """Batches {"images": float32 [batch, 3, size, size], in [0, 1]}: random frames of clips.

    Training frames are mirrored horizontally with probability 0.5. The clips are shuffled anew each epoch.

    Attributes:
        fingerprint: fingerprint of the frames and the splits.
    """

    def __init__(self, clip_frames: ShardReader, epochs: EpochSampler) -> None:
        """Configures the batches; frames are read lazily.

        Args:
            clip_frames: shard store of the frames of these clips, written by `frames.write_clip_frames`.
            epochs: selects the clips, and seeds the choice of frames and the mirroring.

        Raises:
            ConfigError: if a split has no clips.
        """
        epochs.require_clips()
        self._reader, self._epochs = clip_frames, epochs
        self._t = clip_frames.layout[FRAMES][1][0]
        self.fingerprint = fingerprint("clip_pictures-1", clip_frames.fingerprint, epochs.train, epochs.val)

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> dict[str, Tensor]:
        """Training batch of one step: the share of one rank."""
        rng, size, clips = self._epochs.rng("pictures", step), self._epochs.size, self._epochs.clips(step)
        times = rng.integers(self._t, size=size)
        mirrored = rng.random(size) < 0.5
        pictures = []
        for i in range(rank, size, ranks):
            picture = self._reader.read(clips[i], FRAMES)[times[i]]
            pictures.append(picture[:, ::-1] if mirrored[i] else picture)
        return _batch(pictures)

    def validation(self) -> Iterator[dict[str, Tensor]]:
        """Validation batches: every frame of the validation clips, not mirrored."""
        every = [picture for clip_id in self._epochs.val for picture in self._reader.read(clip_id, FRAMES)]
        for first in range(0, len(every), self._epochs.size):
            yield _batch(every[first : first + self._epochs.size])


def _batch(pictures: Sequence[np.ndarray]) -> dict[str, Tensor]:
    stacked = torch.from_numpy(np.stack(pictures))
    return {IMAGES: stacked.permute(0, 3, 1, 2).float() / 255}
