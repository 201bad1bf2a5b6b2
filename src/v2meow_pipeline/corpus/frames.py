"""Video frames of every clip at the visual rate, in shards: decoded once, for networks that are trained on images."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.clip_audio import contents_of
from v2meow_pipeline.corpus.decoding import decode_clips
from v2meow_pipeline.corpus.shards import CLIPS_PER_SHARD, Arrays, ShardWriter, fill_rows
from v2meow_pipeline.media.decode import FrameSpec
from v2meow_pipeline.parallel import MapExecutor

FRAMES = "frames"
REVISION = "clip_frames-1"


def write_clip_frames(
    manifest: pd.DataFrame,
    size_px: int,
    clock: Clock,
    folder: Path,
    executor: MapExecutor,
    clips_per_shard: int = CLIPS_PER_SHARD,
) -> Path:
    """Writes the frames of every clip to shards; an interrupted run resumes at the first missing shard.

    Args:
        manifest: clip manifest, or part of it.
        size_px: side of the square frames in pixels; frames are center-cropped and resized.
        clock: visual rate and clip length.
        folder: output directory of the shards: uint8 "frames" [clip, t_visual, size, size, 3], RGB.
        executor: runs the work in this process, in several processes, or on Ray.
        clips_per_shard: clips per shard file; a shard is the unit of resumption.

    Returns:
        `folder`, with the complete store.
    """
    made_by = fingerprint(REVISION, size_px, clock.clip_s, clock.visual_fps)
    writer = ShardWriter(folder, manifest["clip_id"].tolist(), made_by, clips_per_shard, contents_of(manifest))
    fill_rows(writer, manifest, partial(_frames_shard, size_px=size_px, clock=clock), executor, "clip frames")
    return folder


def _frames_shard(rows: pd.DataFrame, size_px: int, clock: Clock) -> Arrays:
    spec = FrameSpec(fps=float(clock.visual_fps), size_px=size_px)
    frames = np.empty((len(rows), clock.t_visual, size_px, size_px, 3), np.uint8)
    for row, pictures in decode_clips(rows, {FRAMES: spec}, clock):
        frames[row] = pictures[FRAMES].images
    return {FRAMES: frames}
