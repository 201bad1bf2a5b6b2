"""Batches of single video frames, for networks that are trained on images."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.frames import FRAMES
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.encoders.vitvqgan.objective import IMAGES
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.examples.epochs import clip_of_example
from v2meow_pipeline.seeding import derive_seed


class ClipPictures:
    """Batches {"images": float32 [batch, 3, size, size], in [0, 1]}: random frames of clips.

    Training frames are mirrored horizontally with probability 0.5. The clips are shuffled anew each epoch.

    Attributes:
        fingerprint: fingerprint of the frames and the splits.
    """

    def __init__(
        self,
        clip_frames: ShardReader,
        train: Sequence[str],
        val: Sequence[str],
        batch_size: int,
        seed: int,
        val_clips: int = 32,
    ) -> None:
        """Configures the batches; frames are read lazily.

        Args:
            clip_frames: shard store of the frames of these clips, written by `frames.write_clip_frames`.
            train: ids of the training clips.
            val: ids of the validation clips, of which the first `val_clips` are used.
            batch_size: images per step, summed over all ranks.
            seed: seeds the clip order, the choice of frames and the mirroring.
            val_clips: maximum number of validation clips.

        Raises:
            ConfigError: if a split has no clips.
        """
        if not train or not val:
            raise ConfigError("There are no clips to train or validate on.", "Add videos, or change the splits.")
        self._reader, self._train, self._val = clip_frames, list(train), list(val)[:val_clips]
        self._batch_size, self._seed = batch_size, seed
        self._t = clip_frames.layout[FRAMES][1][0]
        self.fingerprint = fingerprint("clip_pictures-1", clip_frames.fingerprint, self._train, self._val)

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> dict[str, Tensor]:
        """Training batch of one step: the share of one rank."""
        rng = np.random.default_rng(derive_seed(self._seed, "pictures", step))
        times = rng.integers(self._t, size=self._batch_size)
        mirrored = rng.random(self._batch_size) < 0.5
        pictures = []
        for i in range(rank, self._batch_size, ranks):
            picture = self._reader.read(self._clip(step * self._batch_size + i), FRAMES)[times[i]]
            pictures.append(picture[:, ::-1] if mirrored[i] else picture)
        return _batch(pictures)

    def validation(self) -> Iterator[dict[str, Tensor]]:
        """Validation batches: every frame of the validation clips, not mirrored."""
        every = [picture for clip_id in self._val for picture in self._reader.read(clip_id, FRAMES)]
        for first in range(0, len(every), self._batch_size):
            yield _batch(every[first : first + self._batch_size])

    def _clip(self, example: int) -> str:
        return self._train[clip_of_example(example, len(self._train), self._seed)]


def _batch(pictures: Sequence[np.ndarray]) -> dict[str, Tensor]:
    stacked = torch.from_numpy(np.stack(pictures))
    return {IMAGES: stacked.permute(0, 3, 1, 2).float() / 255}
