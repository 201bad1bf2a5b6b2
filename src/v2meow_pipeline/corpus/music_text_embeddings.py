"""The music-text side of every clip: what control is trained on (paper, section "Control")."""

from functools import lru_cache, partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.fitting import TRUNK, waves_of
from v2meow_pipeline.corpus.shards import CLIPS_PER_SHARD, Arrays, Shard, ShardReader, ShardWriter, fill
from v2meow_pipeline.encoders.base import MusicTextEncoder
from v2meow_pipeline.encoders.music_text import KIND as HEAD
from v2meow_pipeline.encoders.music_text import MusicTextHead, trunk_features
from v2meow_pipeline.encoders.music_text_loading import load_music_text, music_text_fingerprint, music_text_kind
from v2meow_pipeline.encoders.musicnn import Musicnn
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.parallel import SERIAL, MapExecutor

MUSIC_TEXT = "music_text"
CLIP_VECTORS = "clip_vectors"

Needed = TypeVar("Needed")


def extract_music_trunk(
    manifest: pd.DataFrame, clip_audio: ShardReader, clock: Clock, folder: Path, executor: MapExecutor
) -> Path:
    """Writes the frozen music network's features of every clip, resuming where a killed run stopped.

    Args:
        manifest: of the corpus.
        clip_audio: waveforms of all clips.
        clock: the rates.
        folder: where the shards go: float32 "music_trunk" [clip, 450].
        executor: runs the work, in this process, in several, or on Ray.

    Returns:
        The same folder, complete.
    """
    made_by = fingerprint("music_trunk-1", clip_audio.fingerprint, _trunk().fingerprint)
    writer = ShardWriter(folder, list(manifest["clip_id"]), made_by, CLIPS_PER_SHARD)
    fill(writer, partial(_trunk_shard, clip_audio=clip_audio, clock=clock), executor, "music features")
    return folder


def embed_music(
    manifest: pd.DataFrame,
    music_trunk: ShardReader | None,
    head: Path,
    folder: Path,
    clip_audio: ShardReader | None = None,
    clock: Clock | None = None,
    executor: MapExecutor = SERIAL,
) -> Path:
    """Writes the music-text embedding of every clip: the mean over the clips of its video (the paper's choice).

    Args:
        manifest: of the corpus; says which clips are of one source.
        music_trunk: of `extract_music_trunk`; what the music-text head reads. Others listen to `clip_audio`.
        head: folder of the joint space: the music-text head, a MuLan or a CLAP.
        folder: where the shards go: float32 "music_text" [clip, width], of unit length. A joint space that listens
            keeps the vectors of single clips beside it, so that a killed run goes on.
        clip_audio: waveforms of all clips.
        clock: rate of the waveforms.
        executor: runs the work, in this process, in several, or on Ray.

    Returns:
        The same folder, complete.

    Raises:
        ConfigError: when what the joint space reads is not given.
    """
    if music_text_kind(head) == HEAD:
        source = _given(music_trunk, "music_trunk")
    else:
        source = embed_clips(_given(clip_audio, "clip_audio"), _given(clock, "clock"), head, _beside(folder), executor)
    made_by = fingerprint("music_text-1", source.fingerprint, music_text_fingerprint(head))
    source_of = dict(zip(manifest["clip_id"], manifest["source_id"], strict=True))
    writer = ShardWriter(folder, source.clip_ids, made_by, CLIPS_PER_SHARD, [source_of[c] for c in source.clip_ids])
    if not writer.is_complete():
        of_source = pd.DataFrame(_vectors(source, head)).groupby([source_of[c] for c in source.clip_ids])
        means = of_source.transform("mean").to_numpy(np.float32)
        unit = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
        rows = dict(zip(source.clip_ids, unit, strict=True))
        fill(
            writer,
            lambda shard: {MUSIC_TEXT: np.stack([rows[c] for c in shard.clip_ids])},
            SERIAL,
            "music-text vectors",
        )
    return folder


def embed_clips(clip_audio: ShardReader, clock: Clock, head: Path, folder: Path, executor: MapExecutor) -> ShardReader:
    """The vectors of single clips in a joint space that listens to them, resuming where a killed run stopped.

    Args:
        clip_audio: waveforms of all clips.
        clock: their rate.
        head: folder of the joint space.
        folder: where the shards go: float32 "clip_vectors" [clip, width].
        executor: runs the work, in this process, in several, or on Ray.

    Returns:
        The complete store.
    """
    made_by = fingerprint("clip_vectors-1", clip_audio.fingerprint, music_text_fingerprint(head))
    writer = ShardWriter(folder, clip_audio.clip_ids, made_by, CLIPS_PER_SHARD)
    fill(writer, partial(_clips_shard, clip_audio=clip_audio, clock=clock, head=head), executor, "music-text vectors")
    return ShardReader(folder)


def _vectors(source: ShardReader, head: Path) -> np.ndarray:
    if TRUNK in source.names:
        return MusicTextHead.load(head).embed_features(source.stack(TRUNK, source.clip_ids))
    return source.stack(CLIP_VECTORS, source.clip_ids)


def _given(value: Needed | None, name: str) -> Needed:
    if value is None:
        raise ConfigError(f"This joint space of music and text reads {name}, which is not given.", f"Pass {name}.")
    return value


def _beside(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}_clips")


def _trunk_shard(shard: Shard, clip_audio: ShardReader, clock: Clock) -> Arrays:
    return {TRUNK: trunk_features(_trunk(), waves_of(clip_audio, shard.clip_ids), clock.sample_rate_hz)}


def _clips_shard(shard: Shard, clip_audio: ShardReader, clock: Clock, head: Path) -> Arrays:
    encoder = _loaded(head, music_text_fingerprint(head))
    waves = np.stack(list(waves_of(clip_audio, shard.clip_ids)))
    return {CLIP_VECTORS: encoder.embed_audio(waves, clock.sample_rate_hz)}


@lru_cache(maxsize=1)
def _trunk() -> Musicnn:
    """Loaded once a process: a worker sees many shards."""
    return Musicnn()


@lru_cache(maxsize=1)
def _loaded(head: Path, _fingerprint: str) -> MusicTextEncoder:
    return load_music_text(head)
