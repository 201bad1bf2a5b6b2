"""Visual features and visual tokens of every clip, in shards; each source file is decoded once for all encoders."""

from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.clip_audio import contents_of
from v2meow_pipeline.corpus.clips import with_video
from v2meow_pipeline.corpus.decoding import decode_clips
from v2meow_pipeline.corpus.shards import CLIPS_PER_SHARD, Arrays, ShardWriter, fill_rows
from v2meow_pipeline.encoders.base import AnyVisualEncoder, VisualTokenEncoder, rows_of
from v2meow_pipeline.encoders.registry import build_visual
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.parallel import MapExecutor

REVISION = "visual_features-1"
MOST_CODES = 1 + np.iinfo(np.int16).max


def extract_visual_features(
    manifest: pd.DataFrame,
    encoders: Sequence[str],
    clock: Clock,
    folder: Path,
    executor: MapExecutor,
    clips_per_shard: int = CLIPS_PER_SHARD,
    models: Path | None = None,
) -> Path:
    """Writes the visual features of every clip that has video; an interrupted run resumes at the first missing shard.

    Args:
        manifest: clip manifest of the corpus.
        encoders: encoder names accepted by `encoders.registry.build_visual`; each worker builds its own instances.
        clock: frame rates and clip length.
        folder: output directory of the shards, with one array per encoder under its name: float16
            [clip, t_visual, width], or int16 [clip, t_visual, tokens] for encoders that yield tokens.
        executor: runs the work in this process, in several processes, or on Ray.
        clips_per_shard: clips per shard file; a shard is the unit of resumption.
        models: directory of the networks trained by this project, for encoders that are among them.

    Returns:
        `folder`, with the complete store.
    """
    names = tuple(encoders)
    _encoders.cache_clear()  # an encoder may have been retrained since
    weights = {encoder.name: encoder.fingerprint for encoder in _encoders(names, clock, models)}
    made_by = fingerprint(REVISION, weights, clock.clip_s, clock.visual_fps, clock.flow_fps)
    manifest = with_video(manifest)
    writer = ShardWriter(folder, manifest["clip_id"].tolist(), made_by, clips_per_shard, contents_of(manifest))
    compute = partial(_features_shard, names=names, clock=clock, models=models)
    fill_rows(writer, manifest, compute, executor, "visual features")
    return folder


@lru_cache(maxsize=1)
def _encoders(names: tuple[str, ...], clock: Clock, models: Path | None) -> tuple[AnyVisualEncoder, ...]:
    """Builds the encoders once per process, since a worker computes many shards."""
    return tuple(build_visual(name, clock, models) for name in names)


def _features_shard(rows: pd.DataFrame, names: tuple[str, ...], clock: Clock, models: Path | None) -> Arrays:
    encoders = _encoders(names, clock, models)
    counts = {encoder.name: rows_of(encoder, clock, clock.clip_s) for encoder in encoders}
    features = {encoder.name: _empty_features(encoder, len(rows), counts[encoder.name]) for encoder in encoders}
    for row, frames in decode_clips(rows, {encoder.name: encoder.frames for encoder in encoders}, clock):
        for encoder in encoders:
            with np.errstate(over="ignore"):  # the writer rejects infinity, with the clip id in the message
                features[encoder.name][row] = encoder.encode(frames[encoder.name], counts[encoder.name])
    return features


def _empty_features(encoder: AnyVisualEncoder, clips: int, count: int) -> np.ndarray:
    if not isinstance(encoder, VisualTokenEncoder):
        return np.empty((clips, count, encoder.width), np.float16)
    if encoder.codes > MOST_CODES:
        problem = f"{encoder.name} has {encoder.codes} codes; shards store int16 tokens, at most {MOST_CODES} codes."
        raise ConfigError(problem, "Choose an encoder with a smaller codebook.")
    return np.empty((clips, count, encoder.tokens), np.int16)
