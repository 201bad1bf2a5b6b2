"""Resynthesis of the clips' own music by the codec: the upper bound of any model of its tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.corpus.tokens import ACOUSTIC
from v2meow_pipeline.evaluation.audio_sets import AudioClip, AudioSet
from v2meow_pipeline.tokenizers.codec import Codec
from v2meow_pipeline.tokenizers.registry import Decoder, decoder_fingerprint, load_codec

RESYNTHESIS = "codec_resynthesis"


@dataclass(frozen=True)
class DecodedTokens:
    """Source of a waveform that the codec decodes from the tokens of a clip; see `resynthesised_audio`."""

    tokens: ShardReader
    clip_id: str
    codec: Path
    clock: Clock
    decoder: Decoder

    def __call__(self) -> np.ndarray:
        """Decodes the tokens."""
        made_by = decoder_fingerprint(self.codec, self.decoder)
        return _codec(self.codec, self.clock, self.decoder, made_by).decode(self.tokens.read(self.clip_id, ACOUSTIC))


def resynthesised_audio(
    tokens: ShardReader, clip_ids: Sequence[str], codec: Path, clock: Clock, decoder: Decoder
) -> AudioSet:
    """Set of the clips' own music, decoded from its tokens.

    Args:
        tokens: acoustic tokens of the clips.
        clip_ids: ids of the clips.
        codec: checkpoint of the acoustic tokenizer.
        clock: sample rates and clip length.
        decoder: decoder of the codec; must be the same as in generation.

    Returns:
        The set, of full clips.
    """
    sources = [DecodedTokens(tokens, clip_id, codec, clock, decoder) for clip_id in clip_ids]
    return AudioSet(tuple(AudioClip(source.clip_id, clock.clip_samples, source) for source in sources))


@lru_cache(maxsize=1)
def _codec(folder: Path, clock: Clock, decoder: Decoder, _fingerprint: str) -> Codec:
    """Codec, cached per process and by fingerprint, so that a replaced checkpoint is reloaded."""
    return load_codec(folder, clock, decoder)
