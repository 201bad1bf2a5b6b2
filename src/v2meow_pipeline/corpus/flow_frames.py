"""Optical flow of every clip, in shards."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.clip_audio import contents_of
from v2meow_pipeline.corpus.decoding import decode_clips
from v2meow_pipeline.corpus.shards import CLIPS_PER_SHARD, Arrays, ShardWriter, fill_rows
from v2meow_pipeline.encoders.i3d.config import FlowConfig
from v2meow_pipeline.encoders.i3d.pictures import REVISION, flow_pictures, frame_spec
from v2meow_pipeline.encoders.i3d.synchrony import FLOW
from v2meow_pipeline.parallel import MapExecutor


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
