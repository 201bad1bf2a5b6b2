"""Optical flow of every clip, in shards, and training batches of flow with audio."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.clip_audio import AUDIO, contents_of, from_pcm
from v2meow_pipeline.corpus.decoding import decode_clips
from v2meow_pipeline.corpus.shards import CLIPS_PER_SHARD, Arrays, ShardReader, ShardWriter, fill_rows
from v2meow_pipeline.encoders.i3d.config import FlowConfig
from v2meow_pipeline.encoders.i3d.pictures import REVISION, flow_pictures, frame_spec
from v2meow_pipeline.encoders.i3d.synchrony import FLOW, WAVE
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.parallel import MapExecutor
from v2meow_pipeline.seeding import derive_seed


def write_flow(
    manifest: pd.DataFrame,
    config: FlowConfig,
    clock: Clock,
    folder: Path,
    executor: MapExecutor,
    clips_per_shard: int = CLIPS_PER_SHARD,
) -> Path:
    """Writes the optical flow of every clip to shards; an interrupted run resumes at the first missing shard.

    Args:
        manifest: clip manifest, or part of it.
        config: size of the flow fields.
        clock: flow rate and clip length.
        folder: output directory of the shards: int8 "flow" [clip, t_flow, size_px, size_px, 2].
        executor: runs the work in this process, in several processes, or on Ray.
        clips_per_shard: clips per shard file; a shard is the unit of resumption.

    Returns:
        `folder`, with the complete store.
    """
    made_by = fingerprint(REVISION, config.model_dump(mode="json"), clock.clip_s, clock.flow_fps)
    writer = ShardWriter(folder, manifest["clip_id"].tolist(), made_by, clips_per_shard, contents_of(manifest))
    fill_rows(writer, manifest, partial(_flow_shard, config=config, clock=clock), executor, "optical flow")
    return folder


def _flow_shard(rows: pd.DataFrame, config: FlowConfig, clock: Clock) -> Arrays:
    spec = frame_spec(config, clock)
    flow = np.empty((len(rows), clock.t_flow, config.size_px, config.size_px, 2), np.int8)
    for row, frames in decode_clips(rows, {FLOW: spec}, clock):
        flow[row] = flow_pictures(frames[FLOW], spec.fps, config)
    return {FLOW: flow}


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
        epoch, index = divmod(example, len(self._train))
        order = np.random.default_rng(derive_seed(self._seed, "epoch", epoch)).permutation(len(self._train))
        return self._train[order[index]]

    def _batch(self, clip_ids: Sequence[str]) -> dict[str, Tensor]:
        return {
            FLOW: torch.from_numpy(self._flow.stack(FLOW, clip_ids)),
            WAVE: torch.from_numpy(from_pcm(self._audio.stack(AUDIO, clip_ids))),
        }
