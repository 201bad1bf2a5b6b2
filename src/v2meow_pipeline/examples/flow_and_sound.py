"""Batches of optical flow with the audio of the same clips."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.clip_audio import AUDIO, from_pcm
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.encoders.i3d.synchrony import FLOW, WAVE
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.examples.epochs import clip_of_example


class FlowAndSound:
    """Batches {"flow": int8 [clip, t_flow, h, w, 2], "wave": float32 [clip, samples]} of whole clips.

    Attributes:
        fingerprint: fingerprint of the flow, the audio and the splits.
    """

    def __init__(
        self,
        flow: ShardReader,
        clip_audio: ShardReader,
        train: Sequence[str],
        val: Sequence[str],
        batch_size: int,
        seed: int,
        val_clips: int = 32,
    ) -> None:
        """Configures the batches; arrays are read lazily.

        Args:
            flow: shard store written by `write_flow`.
            clip_audio: shard store of the waveforms of all clips.
            train: ids of the training clips.
            val: ids of the validation clips; the first `val_clips` form one batch, since its size determines the
                difficulty of the contrastive task.
            batch_size: examples per step, summed over all ranks.
            seed: seeds the clip order.
            val_clips: maximum number of validation clips.

        Raises:
            ConfigError: if there are fewer than two clips to contrast.
        """
        if min(len(train), len(val), batch_size, val_clips) < 2:
            raise ConfigError(
                f"There are too few clips for contrastive training: {len(train)} training clips, batch_size "
                f"{batch_size}, {len(val)} validation clips, val_clips {val_clips}.",
                "Each must be at least 2: add videos, change the splits, or raise batch_size or val_clips.",
            )
        self._flow, self._audio = flow, clip_audio
        self._train, self._val = list(train), list(val)[:val_clips]
        self._batch_size, self._seed = batch_size, seed
        self.fingerprint = fingerprint(
            "flow_and_sound-1", flow.fingerprint, clip_audio.fingerprint, self._train, self._val
        )

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> dict[str, Tensor]:
        """Training batch of one step: the share of one rank. Within an epoch, no clip repeats."""
        first = step * self._batch_size
        return self._batch([self._clip(first + i) for i in range(self._batch_size)][rank::ranks])

    def validation(self) -> Iterator[dict[str, Tensor]]:
        """One validation batch of all validation clips."""
        yield self._batch(self._val)

    def _clip(self, example: int) -> str:
        return self._train[clip_of_example(example, len(self._train), self._seed)]

    def _batch(self, clip_ids: Sequence[str]) -> dict[str, Tensor]:
        return {
            FLOW: torch.from_numpy(self._flow.stack(FLOW, clip_ids)),
            WAVE: torch.from_numpy(from_pcm(self._audio.stack(AUDIO, clip_ids))),
        }
