"""Batches of random waveform crops, for networks that are trained on waveforms."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.clip_audio import AUDIO, from_pcm
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.examples.epochs import EpochSampler


class AudioCrops:
    """Batches {"wave": float32 [batch, samples], in [-1, 1]}; the clips are shuffled anew each epoch.

    Attributes:
        fingerprint: fingerprint of the audio, the splits and the crop length.
    """

    def __init__(self, clip_audio: ShardReader, epochs: EpochSampler, samples: int) -> None:
        """Configures the batches; audio is read lazily.

        Args:
            clip_audio: shard store of the waveforms of all clips.
            epochs: selects the clips, and seeds the crop positions.
            samples: crop length in samples, at most the clip length.

        Raises:
            ConfigError: if a crop is longer than a clip, or a split has no clips.
        """
        epochs.require_clips()
        self._reader, self._epochs, self._samples = clip_audio, epochs, samples
        self._clip_samples = clip_audio.layout[AUDIO][1][-1]
        if samples > self._clip_samples:
            raise ConfigError(
                f"A crop of {samples} samples is longer than a clip of {self._clip_samples}.", "Choose a shorter crop."
            )
        self.fingerprint = fingerprint("audio_crops-1", clip_audio.fingerprint, epochs.train, epochs.val, samples)

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> dict[str, Tensor]:
        """Training batch of one step: the share of one rank."""
        starts = self._starts(self._epochs.rng("crop", step), self._epochs.size)
        return self._batch(self._epochs.clips(step)[rank::ranks], starts[rank::ranks])

    def validation(self) -> Iterator[dict[str, Tensor]]:
        """Validation batches: the same crop of each validation clip on every call."""
        starts = self._starts(self._epochs.rng("validation"), len(self._epochs.val))
        for part in self._epochs.val_parts():
            yield self._batch(self._epochs.val[part], starts[part])

    def _starts(self, rng: np.random.Generator, count: int) -> np.ndarray:
        return rng.integers(self._clip_samples - self._samples + 1, size=count)

    def _batch(self, clip_ids: Sequence[str], starts: np.ndarray) -> dict[str, Tensor]:
        crops = [
            self._reader.read(clip_id, AUDIO)[start : start + self._samples]
            for clip_id, start in zip(clip_ids, starts.tolist(), strict=True)
        ]
        return {"wave": torch.from_numpy(from_pcm(np.stack(crops)))}
