"""Batches of random waveform crops, for networks that are trained on waveforms."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.clip_audio import AUDIO, from_pcm
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.examples.epochs import clip_of_example
from v2meow_pipeline.seeding import derive_seed


class AudioCrops:
    """Batches {"wave": float32 [batch, samples], in [-1, 1]}; the clips are shuffled anew each epoch.

    Attributes:
        fingerprint: fingerprint of the audio, the splits and the crop length.
    """

    def __init__(
        self,
        clip_audio: ShardReader,
        train: Sequence[str],
        val: Sequence[str],
        samples: int,
        batch_size: int,
        seed: int,
        val_clips: int = 32,
    ) -> None:
        """Configures the batches; audio is read lazily.

        Args:
            clip_audio: shard store of the waveforms of all clips.
            train: ids of the training clips.
            val: ids of the validation clips, of which the first `val_clips` are used.
            samples: crop length in samples, at most the clip length.
            batch_size: examples per step, summed over all ranks.
            seed: seeds the clip order and the crop positions.
            val_clips: maximum number of validation clips.

        Raises:
            ConfigError: if a crop is longer than a clip, or a split has no clips.
        """
        if not train or not val:
            raise ConfigError("There are no clips to train or validate on.", "Add videos, or change the splits.")
        self._reader, self._train, self._val = clip_audio, list(train), list(val)[:val_clips]
        self._samples, self._batch_size, self._seed = samples, batch_size, seed
        self._clip_samples = clip_audio.layout[AUDIO][1][-1]
        if samples > self._clip_samples:
            raise ConfigError(
                f"A crop of {samples} samples is longer than a clip of {self._clip_samples}.", "Choose a shorter crop."
            )
        self.fingerprint = fingerprint("audio_crops-1", clip_audio.fingerprint, self._train, self._val, samples)

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> dict[str, Tensor]:
        """Training batch of one step: the share of one rank."""
        rng = np.random.default_rng(derive_seed(self._seed, "crop", step))
        starts = rng.integers(self._clip_samples - self._samples + 1, size=self._batch_size)
        first = step * self._batch_size
        clips = [self._clip(first + i) for i in range(self._batch_size)]
        return self._batch(clips[rank::ranks], starts[rank::ranks])

    def validation(self) -> Iterator[dict[str, Tensor]]:
        """Validation batches: the same crop of each validation clip on every call."""
        rng = np.random.default_rng(derive_seed(self._seed, "validation"))
        starts = rng.integers(self._clip_samples - self._samples + 1, size=len(self._val))
        for first in range(0, len(self._val), self._batch_size):
            part = slice(first, first + self._batch_size)
            yield self._batch(self._val[part], starts[part])

    def _clip(self, example: int) -> str:
        return self._train[clip_of_example(example, len(self._train), self._seed)]

    def _batch(self, clip_ids: Sequence[str], starts: np.ndarray) -> dict[str, Tensor]:
        crops = [
            self._reader.read(clip_id, AUDIO)[start : start + self._samples]
            for clip_id, start in zip(clip_ids, starts.tolist(), strict=True)
        ]
        return {"wave": torch.from_numpy(from_pcm(np.stack(crops)))}
