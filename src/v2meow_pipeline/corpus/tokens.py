"""Semantic and acoustic tokens of every clip, and the onset and loudness inputs of event curves, in shards."""

from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from v2meow_pipeline.checkpoint import fingerprint_of
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.clip_audio import AUDIO, from_pcm
from v2meow_pipeline.corpus.shards import CLIPS_PER_SHARD, Arrays, Shard, ShardReader, ShardWriter, fill
from v2meow_pipeline.encoders.audio_events import onset_strength
from v2meow_pipeline.parallel import MapExecutor
from v2meow_pipeline.tokenizers.codec import Codec
from v2meow_pipeline.tokenizers.registry import load_codec
from v2meow_pipeline.tokenizers.semantic import SemanticTokenizer

SEMANTIC = "semantic"
ACOUSTIC = "acoustic"
RISES, LOUDNESS = "rises", "loudness"
REVISION = "tokens-2"


def encode_tokens(
    clip_audio: ShardReader,
    semantic: Path,
    acoustic: Path,
    clock: Clock,
    folder: Path,
    executor: MapExecutor,
    clips_per_shard: int = CLIPS_PER_SHARD,
    clip_ids: Sequence[str] | None = None,
) -> Path:
    """Writes the tokens of clips to shards; an interrupted run resumes at the first missing shard.

    Args:
        clip_audio: shard store of the waveforms of all clips.
        semantic: checkpoint directory of the semantic tokenizer.
        acoustic: checkpoint directory of the acoustic tokenizer, of any kind that `load_codec` reads.
        clock: sample and token rates, which both tokenizers must have been fitted for.
        folder: output directory of the shards: int16 "semantic" [clip, t_semantic] and "acoustic"
            [clip, level, t_acoustic]; float16 "rises" [clip, t_mel, band] and "loudness" [clip, t_mel], see
            `encoders.audio_events`.
        executor: runs the work in this process, in several processes, or on Ray.
        clips_per_shard: clips per shard file; a shard is the unit of resumption.
        clip_ids: ids of the clips to encode; None for all.

    Returns:
        `folder`, with the complete store.
    """
    fitted = [fingerprint_of(tokenizer) for tokenizer in (semantic, acoustic)]
    made_by = fingerprint(REVISION, clip_audio.fingerprint, fitted, clock.fingerprint_of_tokens())
    writer = ShardWriter(folder, clip_audio.clip_ids if clip_ids is None else clip_ids, made_by, clips_per_shard)
    compute = partial(_tokens_shard, clip_audio=clip_audio, semantic=semantic, acoustic=acoustic, clock=clock)
    fill(writer, compute, executor, "tokens")
    return folder


def load_tokenizers(semantic: Path, acoustic: Path, clock: Clock) -> tuple[SemanticTokenizer, Codec]:
    """Loads both tokenizers, cached per process until a checkpoint is replaced.

    Args:
        semantic: checkpoint directory of the semantic tokenizer.
        acoustic: checkpoint directory of the acoustic tokenizer.
        clock: sample and token rates.

    Returns:
        Semantic tokenizer and codec.
    """
    return (
        _semantic(semantic, fingerprint_of(semantic), clock),
        _acoustic(acoustic, fingerprint_of(acoustic), clock),
    )


def _tokens_shard(shard: Shard, clip_audio: ShardReader, semantic: Path, acoustic: Path, clock: Clock) -> Arrays:
    to_semantic, to_acoustic = load_tokenizers(semantic, acoustic, clock)
    waves = [from_pcm(clip_audio.read(clip_id, AUDIO)) for clip_id in shard.clip_ids]
    strengths = [onset_strength(wave, clock.sample_rate_hz) for wave in waves]
    return {
        SEMANTIC: np.stack([to_semantic.encode(wave) for wave in waves]),
        ACOUSTIC: np.stack([to_acoustic.encode(wave) for wave in waves]),
        RISES: np.stack([strength.rises for strength in strengths]),
        LOUDNESS: np.stack([strength.loudness for strength in strengths]),
    }


@lru_cache(maxsize=1)
def _semantic(folder: Path, _fingerprint: str, clock: Clock) -> SemanticTokenizer:
    return SemanticTokenizer.load(folder, clock)


@lru_cache(maxsize=1)
def _acoustic(folder: Path, _fingerprint: str, clock: Clock) -> Codec:
    return load_codec(folder, clock)
