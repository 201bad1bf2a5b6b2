"""Pictures of flow of every clip, in shards, and training examples of them with their sound."""

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
    """Writes the flow of every clip, resuming where a killed run stopped.

    Args:
        manifest: of the clips wanted.
        config: sizes of the pictures.
        clock: rate of the flow and length of a clip.
        folder: where the shards go: int8 "flow" [clip, t_flow, size_px, size_px, 2].
        executor: runs the work, in this process, in several, or on Ray.
        clips_per_shard: unit of resume.

    Returns:
        The same folder, complete.
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
    """Examples {"flow": int8 [clip, t_flow, h, w, 2], "wave": float32 [clip, samples]} of whole clips.

    Attributes:
        fingerprint: of flow, sound and splits.
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
        """Describes the batches; arrays are read when they are asked for.

        Args:
            flow: written by `write_flow`.
            clip_audio: waveforms of all clips.
            train: ids of the training clips.
            val: ids of the validation clips, of which the first `val_clips` are used, in one batch: its size is part
                of the task.
            batch_size: examples of a step, over all ranks.
            seed: of the order.
            val_clips: validation clips at most.

        Raises:
            ConfigError: when there are fewer than two clips to tell apart.
        """
        if min(len(train), len(val), batch_size, val_clips) < 2:
            raise ConfigError(
                f"Clips are told apart from each other, and there are too few: {len(train)} training clips, batch_size "
                f"{batch_size}, {len(val)} validation clips, val_clips {val_clips}.",
                "Each has to be at least 2: add videos, change the splits, or raise batch_size or val_clips.",
            )
        self._flow, self._audio = flow, clip_audio
        self._train, self._val = list(train), list(val)[:val_clips]
        self._batch_size, self._seed = batch_size, seed
        self.fingerprint = fingerprint(
            "flow_and_sound-1", flow.fingerprint, clip_audio.fingerprint, self._train, self._val
        )

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> dict[str, Tensor]:
        """The training batch of a step; no clip comes twice before all have come once."""
        first = step * self._batch_size
        return self._batch([self._clip(first + i) for i in range(self._batch_size)][rank::ranks])

    def validation(self) -> Iterator[dict[str, Tensor]]:
        """All validation clips, in one batch."""
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
