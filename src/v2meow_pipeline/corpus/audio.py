"""Audio of every clip: mono 16-bit PCM at the clock's sample rate, stored in shards."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.clip_audio import AUDIO, contents_of, to_pcm
from v2meow_pipeline.corpus.shards import CLIPS_PER_SHARD, Arrays, ShardWriter, fill_rows
from v2meow_pipeline.media.audio import read_audio
from v2meow_pipeline.parallel import MapExecutor
from v2meow_pipeline.synthetic.streamed import is_streamed, sound

REVISION = "clip_audio-1"


def write_clip_audio(
    manifest: pd.DataFrame, clock: Clock, folder: Path, executor: MapExecutor, clips_per_shard: int = CLIPS_PER_SHARD
) -> Path:
    """Writes the audio of every clip to shards; an interrupted run resumes at the first missing shard.

    Args:
        manifest: clip manifest of the corpus.
        clock: audio sample rate and clip length.
        folder: output directory of the shards: int16 "audio" [clip, clip_samples]; sources shorter than a clip are
            padded with zeros.
        executor: runs the work in this process, in several processes, or on Ray.
        clips_per_shard: clips per shard file; a shard is the unit of resumption.

    Returns:
        `folder`, with the complete store.
    """
    made_by = fingerprint(REVISION, clock.sample_rate_hz, clock.clip_s)
    writer = ShardWriter(folder, manifest["clip_id"].tolist(), made_by, clips_per_shard, contents_of(manifest))
    fill_rows(writer, manifest, partial(_audio_shard, clock=clock), executor, "clip audio")
    return folder


def clip_wave(path: str, start_s: float, clock: Clock) -> np.ndarray:
    """Decodes the audio of one clip.

    Args:
        path: `path` column of the manifest: a media file, or the address of a streamed clip.
        start_s: start of the clip in its source, seconds.
        clock: audio sample rate and clip length.

    Returns:
        float32 mono [clip_samples].
    """
    if is_streamed(path):
        return sound(path, clock.sample_rate_hz, start_s, clock.clip_s)
    return read_audio(Path(path), clock.sample_rate_hz, start_s, clock.clip_s)


def _audio_shard(rows: pd.DataFrame, clock: Clock) -> Arrays:
    waves = [
        clip_wave(path, start_s, clock)
        for path, start_s in zip(rows["path"].tolist(), rows["start_s"].tolist(), strict=True)
    ]
    return {AUDIO: to_pcm(np.stack(waves))}
