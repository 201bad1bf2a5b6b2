"""The music-text side of every clip: what control is trained on (paper, section "Control")."""

from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pandas as pd

from v2meow_pipeline.checkpoint import read_config
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.fitting import TRUNK, waves_of
from v2meow_pipeline.corpus.shards import CLIPS_PER_SHARD, Arrays, Shard, ShardReader, ShardWriter, fill
from v2meow_pipeline.encoders.music_text import MusicTextHead, trunk_features
from v2meow_pipeline.encoders.musicnn import Musicnn

MUSIC_TEXT = "music_text"


def extract_music_trunk(clip_audio: ShardReader, clock: Clock, folder: Path, workers: int) -> Path:
    """Writes the frozen music network's view of every clip, resuming where a killed run stopped.

    Args:
        clip_audio: waveforms of all clips.
        clock: the rates.
        folder: where the shards go: float32 "music_trunk" [clip, 450].
        workers: processes.

    Returns:
        The same folder, complete.
    """
    made_by = fingerprint("music_trunk-1", clip_audio.fingerprint, _trunk().fingerprint)
    writer = ShardWriter(folder, clip_audio.clip_ids, made_by, CLIPS_PER_SHARD)
    fill(writer, partial(_trunk_shard, clip_audio=clip_audio, clock=clock), workers, "music features")
    return folder


def embed_music(manifest: pd.DataFrame, music_trunk: ShardReader, head: Path, folder: Path) -> Path:
    """Writes the music-text embedding of every clip: the mean over the clips of its video (the paper's choice).

    Args:
        manifest: of the corpus; says which clips are of one source.
        music_trunk: of `extract_music_trunk`.
        head: checkpoint of the music-text head.
        folder: where the shards go: float32 "music_text" [clip, 128], of unit length.

    Returns:
        The same folder, complete.
    """
    made_by = fingerprint("music_text-1", music_trunk.fingerprint, read_config(head)["fingerprint"])
    source_of = dict(zip(manifest["clip_id"], manifest["source_id"], strict=True))
    writer = ShardWriter(
        folder, music_trunk.clip_ids, made_by, CLIPS_PER_SHARD, [source_of[c] for c in music_trunk.clip_ids]
    )
    if not writer.is_complete():
        vectors = MusicTextHead.load(head).embed_features(music_trunk.stack(TRUNK, music_trunk.clip_ids))
        of_source = pd.DataFrame(vectors).groupby([source_of[c] for c in music_trunk.clip_ids]).transform("mean")
        means = of_source.to_numpy(np.float32)
        unit = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
        rows = dict(zip(music_trunk.clip_ids, unit, strict=True))
        fill(writer, lambda shard: {MUSIC_TEXT: np.stack([rows[c] for c in shard.clip_ids])}, 1, "music-text vectors")
    return folder


def _trunk_shard(shard: Shard, clip_audio: ShardReader, clock: Clock) -> Arrays:
    return {TRUNK: trunk_features(_trunk(), waves_of(clip_audio, shard.clip_ids), clock.sample_rate_hz)}


@lru_cache(maxsize=1)
def _trunk() -> Musicnn:
    """Loaded once a process: a worker sees many shards."""
    return Musicnn()
