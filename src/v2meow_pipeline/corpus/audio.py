"""The sound of every clip: mono 16-bit PCM at the clock's rate, in shards."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.clip_audio import AUDIO, contents_of, to_pcm
from v2meow_pipeline.corpus.shards import CLIPS_PER_SHARD, Arrays, ShardWriter, fill_rows
from v2meow_pipeline.corpus.sources.synthetic.streamed import is_streamed, sound
from v2meow_pipeline.media.audio import read_audio
from v2meow_pipeline.parallel import MapExecutor

REVISION = "clip_audio-1"


def write_clip_audio(
    manifest: pd.DataFrame, clock: Clock, folder: Path, executor: MapExecutor, clips_per_shard: int = CLIPS_PER_SHARD
) -> Path:
    """Writes the sound of every clip, resuming where a killed run stopped.

    Args:
        manifest: of the corpus.
        clock: rate of the sound and length of a clip.
        folder: where the shards go: int16 "audio" [clip, clip_samples]; what a source is shorter than a clip is zeros.
        executor: runs the work, in this process, in several, or on Ray.
        clips_per_shard: unit of resume.

    Returns:
        The same folder, complete.
    """
    made_by = fingerprint(REVISION, clock.sample_rate_hz, clock.clip_s)
    writer = ShardWriter(folder, manifest["clip_id"].tolist(), made_by, clips_per_shard, contents_of(manifest))
    fill_rows(writer, manifest, partial(_audio_shard, clock=clock), executor, "clip audio")
    return folder


def clip_wave(path: str, start_s: float, clock: Clock) -> np.ndarray:
    """The sound of a clip.

    Args:
        path: of the manifest: a file, or the address of a streamed clip.
        start_s: where the clip starts, seconds.
        clock: rate of the sound and length of a clip.

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
