"""Batches of optical flow with the audio of the same clips."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.clip_audio import AUDIO, from_pcm
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.encoders.i3d.synchrony import FLOW, WAVE
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.examples.epochs import EpochSampler


class FlowAndSound:
    """Batches {"flow": int8 [clip, t_flow, h, w, 2], "wave": float32 [clip, samples]} of whole clips.

    Attributes:
        fingerprint: fingerprint of the flow, the audio and the splits.
    """

    def __init__(self, flow: ShardReader, clip_audio: ShardReader, epochs: EpochSampler) -> None:
        """Configures the batches; arrays are read lazily.

        Args:
            flow: shard store written by `write_flow`.
            clip_audio: shard store of the waveforms of all clips.
            epochs: selects the clips; those of validation form one batch, since its size determines the difficulty of
                the contrastive task.

        Raises:
            ConfigError: if there are fewer than two clips to contrast.
        """
        train, val = epochs.train, epochs.val
        if min(len(train), len(val), epochs.size) < 2:
            raise ConfigError(
                f"There are too few clips for contrastive training: {len(train)} training clips, batch_size "
                f"{epochs.size}, {len(val)} validation clips.",
                "Each must be at least 2: add videos, change the splits, or raise batch_size or val_clips.",
            )
        self._flow, self._audio, self._epochs = flow, clip_audio, epochs
        self.fingerprint = fingerprint("flow_and_sound-1", flow.fingerprint, clip_audio.fingerprint, train, val)

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> dict[str, Tensor]:
        """Training batch of one step: the share of one rank. Within an epoch, no clip repeats."""
        return self._batch(self._epochs.clips(step)[rank::ranks])

    def validation(self) -> Iterator[dict[str, Tensor]]:
        """One validation batch of all validation clips."""
        yield self._batch(self._epochs.val)

    def _batch(self, clip_ids: Sequence[str]) -> dict[str, Tensor]:
        return {
            FLOW: torch.from_numpy(self._flow.stack(FLOW, clip_ids)),
            WAVE: torch.from_numpy(from_pcm(self._audio.stack(AUDIO, clip_ids))),
        }
