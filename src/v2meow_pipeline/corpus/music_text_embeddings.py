"""Music-text embedding of every clip, the conditioning signal for text control (paper, section "Control")."""

from functools import lru_cache, partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.clip_audio import waves_of
from v2meow_pipeline.corpus.shards import CLIPS_PER_SHARD, Arrays, Shard, ShardReader, ShardWriter, fill
from v2meow_pipeline.encoders.base import MusicTextEncoder
from v2meow_pipeline.encoders.music_text import KIND as HEAD
from v2meow_pipeline.encoders.music_text import MusicTextHead, trunk_features
from v2meow_pipeline.encoders.music_text_loading import load_music_text, music_text_fingerprint, music_text_kind
from v2meow_pipeline.encoders.musicnn import Musicnn
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.parallel import SERIAL, MapExecutor

TRUNK = "music_trunk"

MUSIC_TEXT = "music_text"
CLIP_VECTORS = "clip_vectors"

T = TypeVar("T")


def extract_music_trunk(
    manifest: pd.DataFrame, clip_audio: ShardReader, clock: Clock, folder: Path, executor: MapExecutor
) -> Path:
    """Writes the musicnn features of every clip to shards; an interrupted run resumes at the first missing shard.

    Args:
        manifest: clip manifest of the corpus.
        clip_audio: shard store of the waveforms of all clips.
        clock: sample and token rates.
        folder: output directory of the shards: float32 "music_trunk" [clip, 450].
        executor: runs the work in this process, in several processes, or on Ray.

    Returns:
        `folder`, with the complete store.
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
    """Writes the music-text embedding of every clip: the mean over all clips of its source video, as in the paper.

    Args:
        manifest: clip manifest of the corpus, which maps clips to source videos.
        music_trunk: shard store written by `extract_music_trunk`; required for the music-text head only.
        head: checkpoint directory of the joint embedding: the music-text head, MuLan or CLAP.
        folder: output directory of the shards: float32 "music_text" [clip, width], unit-length vectors. Embeddings of
            single clips computed from audio are stored in `<folder>_clips`, so that an interrupted run resumes.
        clip_audio: shard store of the waveforms of all clips; required for MuLan and CLAP.
        clock: sample rate of the waveforms; required for MuLan and CLAP.
        executor: runs the work in this process, in several processes, or on Ray.

    Returns:
        `folder`, with the complete store.

    Raises:
        ConfigError: if an input that the joint embedding requires is None.
    """
    return average_vectors(manifest, clip_vectors(music_trunk, clip_audio, head, clock, executor, folder), head, folder)


def clip_vectors(
    music_trunk: ShardReader | None,
    clip_audio: ShardReader | None,
    head: Path,
    clock: Clock | None,
    executor: MapExecutor,
    folder: Path,
) -> ShardReader:
    """Features of single clips, from which `average_vectors` computes the music-text embeddings.

    Args:
        music_trunk: shard store of the frozen music network's features; required for the music-text head only.
        clip_audio: shard store of the waveforms of all clips; required for MuLan and CLAP.
        head: checkpoint directory of the joint embedding.
        clock: sample rate of the waveforms; required for MuLan and CLAP.
        executor: runs the work in this process, in several processes, or on Ray.
        folder: see `embed_music`.

    Returns:
        `music_trunk` for the music-text head; else the store of the clips' embeddings.

    Raises:
        ConfigError: if an input that the joint embedding requires is None.
    """
    if music_text_kind(head) == HEAD:
        return _require(music_trunk, "music_trunk")
    audio, rates = _require(clip_audio, "clip_audio"), _require(clock, "clock")
    return embed_clips(audio, rates, head, _clip_vectors_folder(folder), executor)


def average_vectors(manifest: pd.DataFrame, source: ShardReader, head: Path, folder: Path) -> Path:
    """Writes the music-text embedding of every clip: the mean over all clips of its source video, as in the paper.

    Args:
        manifest: clip manifest of the corpus, which maps clips to source videos.
        source: shard store from `clip_vectors`.
        head: checkpoint directory of the joint embedding.
        folder: output directory of the shards, see `embed_music`.

    Returns:
        `folder`, with the complete store.
    """
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
    """Embeds the audio of each clip with MuLan or CLAP; an interrupted run resumes at the first missing shard.

    Args:
        clip_audio: shard store of the waveforms of all clips.
        clock: sample rate of the waveforms.
        head: checkpoint directory of the joint embedding.
        folder: output directory of the shards: float32 "clip_vectors" [clip, width].
        executor: runs the work in this process, in several processes, or on Ray.

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


def _require(value: T | None, name: str) -> T:
    if value is None:
        raise ConfigError(f"This music-text embedding requires {name}, which is None.", f"Pass {name}.")
    return value


def _clip_vectors_folder(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}_clips")


def _trunk_shard(shard: Shard, clip_audio: ShardReader, clock: Clock) -> Arrays:
    return {TRUNK: trunk_features(_trunk(), waves_of(clip_audio, shard.clip_ids), clock.sample_rate_hz)}


def _clips_shard(shard: Shard, clip_audio: ShardReader, clock: Clock, head: Path) -> Arrays:
    encoder = _load_encoder(head, music_text_fingerprint(head))
    waves = np.stack(list(waves_of(clip_audio, shard.clip_ids)))
    return {CLIP_VECTORS: encoder.embed_audio(waves, clock.sample_rate_hz)}


@lru_cache(maxsize=1)
def _trunk() -> Musicnn:
    """Loads the encoder once per process, since a worker computes many shards."""
    return Musicnn()


@lru_cache(maxsize=1)
def _load_encoder(head: Path, _fingerprint: str) -> MusicTextEncoder:
    return load_music_text(head)
