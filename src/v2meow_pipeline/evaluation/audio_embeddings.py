"""Network outputs for waves: embeddings for FAD, tag probabilities, music-text embeddings, and tokens.

A wave that several systems share is processed once; waves are distributed over processes.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.checkpoint import fingerprint_of
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.tokens import ACOUSTIC, SEMANTIC, load_tokenizers
from v2meow_pipeline.encoders.base import AudioJudge, MusicTextEncoder
from v2meow_pipeline.encoders.music_text import HOP_FRAMES, SEGMENT_S, MusicTextHead
from v2meow_pipeline.encoders.music_text_loading import load_music_text, music_text_kind
from v2meow_pipeline.encoders.musicnn import WINDOW_FRAMES, Musicnn, MusicnnOutput
from v2meow_pipeline.encoders.registry import build_judge, judge_weights
from v2meow_pipeline.encoders.waves import segments, to_rate
from v2meow_pipeline.metrics.consistency import mean_direction, windows
from v2meow_pipeline.metrics.kld import clip_probabilities
from v2meow_pipeline.parallel import parallel_map

TAGGER = Musicnn.name
NO_TAGS = np.zeros(0)


class EmbedderSet(NamedTuple):
    """Networks that are run on each wave.

    Attributes:
        clock: sample rate of the waves.
        judges: names of the embedding networks for FAD.
        tags: whether tag probabilities are computed.
        spaces: name -> checkpoint of a music-text embedding space.
        tokenizers: "semantic" and "acoustic" -> checkpoint of the tokenizer; empty for no tokens.
    """

    clock: Clock
    judges: tuple[str, ...]
    tags: bool
    spaces: Mapping[str, Path]
    tokenizers: Mapping[str, Path]


class AudioEmbeddings(NamedTuple):
    """Network outputs for one wave.

    Attributes:
        frames: judge -> embedding frames, float32 [window, width].
        tags: tag probabilities, [tag]; empty if not computed.
        places: music-text space -> embedding, unit vector [width].
        tokens: "semantic" -> tokens [t]; "acoustic" -> tokens of the first level [t].
    """

    frames: dict[str, np.ndarray]
    tags: np.ndarray
    places: dict[str, np.ndarray]
    tokens: dict[str, np.ndarray]


class EmbeddingCache:
    """Network outputs of waves by object `id`; the caller must keep references to the waves."""

    _outputs: dict[int, AudioEmbeddings]

    def __init__(
        self, waves: Iterable[np.ndarray], embedders: EmbedderSet, workers: int, before: "EmbeddingCache | None" = None
    ) -> None:
        """Runs the networks once on each distinct wave.

        Args:
            waves: mono waveforms at the clock's sample rate, `[n]` each.
            embedders: networks to run.
            workers: number of processes.
            before: cache of the same embedders; its waves are not processed again.
        """
        known = {} if before is None else before._outputs
        unique = {id(wave): wave for wave in waves if id(wave) not in known}
        outputs = parallel_map(partial(hear, embedders=embedders), list(unique.values()), workers, "embedding audio")
        self._outputs = {**known, **dict(zip(unique, outputs, strict=True))}

    def of(self, wave: np.ndarray) -> AudioEmbeddings:
        """Network outputs of one of the waves."""
        return self._outputs[id(wave)]


def hear(wave: np.ndarray, embedders: EmbedderSet) -> AudioEmbeddings:
    """Runs the networks on one wave.

    Args:
        wave: mono waveform at the clock's sample rate, `[n]`.
        embedders: networks to run.

    Returns:
        The requested outputs.
    """
    rate = embedders.clock.sample_rate_hz
    frames = {name: _frames(wave, rate, _judge(name, judge_weights(name))) for name in embedders.judges}
    tags = _tags(to_rate(wave, rate, Musicnn.sample_rate_hz)) if embedders.tags else NO_TAGS
    places = {name: _place(wave, rate, folder) for name, folder in embedders.spaces.items()}
    tokens = {}
    if embedders.tokenizers:
        semantic, acoustic = load_tokenizers(
            embedders.tokenizers[SEMANTIC], embedders.tokenizers[ACOUSTIC], embedders.clock
        )
        tokens = {SEMANTIC: semantic.encode(wave), ACOUSTIC: acoustic.encode(wave)[0]}
    return AudioEmbeddings(frames, tags, places, tokens)


def embed_captions(captions: Sequence[str], space: Path) -> np.ndarray:
    """Embeddings of captions in a music-text space, unit vectors [caption, width]."""
    return _space(space, fingerprint_of(space)).embed_text(list(captions))


def _frames(wave: np.ndarray, rate_hz: int, judge: AudioJudge) -> np.ndarray:
    return judge.embed(to_rate(wave, rate_hz, judge.sample_rate_hz))


def _tags(wave: np.ndarray) -> np.ndarray:
    """Mean tag probabilities over the segments that the music-text space uses too."""
    parts = segments(wave, SEGMENT_S * Musicnn.sample_rate_hz)
    return clip_probabilities(np.concatenate([_tagger().analyse(part, HOP_FRAMES).tags for part in parts]))


def _place(wave: np.ndarray, rate_hz: int, folder: Path) -> np.ndarray:
    space = _space(folder, fingerprint_of(folder))
    parts = [space.embed_audio(part[None], rate_hz)[0] for part in windows(wave, rate_hz)]
    return mean_direction(np.stack(parts))


@lru_cache(maxsize=8)
def _judge(name: str, _weights: str) -> AudioJudge:
    """Judge, cached per process and by its weights, so that replaced weights are reloaded."""
    return build_judge(name)


class _CachedMusicnn(Musicnn):
    """Musicnn that caches its last output: the tags and each space built on it analyse the same segments."""

    _last_input: tuple[bytes, int] = (b"", 0)

    def analyse(self, wave: np.ndarray, hop_frames: int = WINDOW_FRAMES) -> MusicnnOutput:
        """See `Musicnn.analyse`."""
        key = (np.asarray(wave, np.float32).tobytes(), hop_frames)
        if key != self._last_input:
            self._last_input, self._last_output = key, super().analyse(wave, hop_frames)
        return self._last_output


@lru_cache(maxsize=1)
def _tagger() -> Musicnn:
    return _CachedMusicnn()


@lru_cache(maxsize=4)
def _space(folder: Path, _fingerprint: str) -> MusicTextEncoder:
    """Music-text space, cached per process and by fingerprint, so that a replaced checkpoint is reloaded."""
    if music_text_kind(folder) == MusicTextHead.name:
        return MusicTextHead.load(folder, _tagger())
    return load_music_text(folder)
