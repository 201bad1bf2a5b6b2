"""What networks hear in a wave: embeddings for Frechet distances, tags, places in the space of music and text, tokens.

Each different wave is heard once, whatever number of systems share it, and waves are spread over processes.
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
    """Who listens.

    Attributes:
        clock: the rate of the waves.
        judges: names of networks for Frechet distances.
        tags: whether the tagger listens.
        spaces: name -> checkpoint of a space of music and text.
        tokenizers: "semantic" and "acoustic" -> checkpoint; empty where there are none.
    """

    clock: Clock
    judges: tuple[str, ...]
    tags: bool
    spaces: Mapping[str, Path]
    tokenizers: Mapping[str, Path]


class AudioEmbeddings(NamedTuple):
    """What one wave sounds like.

    Attributes:
        frames: judge -> float32 [window, width].
        tags: probabilities [tag]; none if nobody asked.
        places: space -> unit vector [width].
        tokens: "semantic" -> [t], "acoustic" -> [t] of the first level.
    """

    frames: dict[str, np.ndarray]
    tags: np.ndarray
    places: dict[str, np.ndarray]
    tokens: dict[str, np.ndarray]


class EmbeddingCache:
    """What was heard of some waves, which the caller keeps."""

    _heard: dict[int, AudioEmbeddings]

    def __init__(
        self, waves: Iterable[np.ndarray], embedders: EmbedderSet, workers: int, before: "EmbeddingCache | None" = None
    ) -> None:
        """Listens to each different wave once.

        Args:
            waves: mono, `[n]`, at the clock's rate.
            embedders: who listens.
            workers: processes.
            before: what the same embedders heard already; that is not listened to again.
        """
        known = {} if before is None else before._heard
        unique = {id(wave): wave for wave in waves if id(wave) not in known}
        heard = parallel_map(partial(hear, embedders=embedders), list(unique.values()), workers, "listening")
        self._heard = {**known, **dict(zip(unique, heard, strict=True))}

    def of(self, wave: np.ndarray) -> AudioEmbeddings:
        """What was heard of one of the waves."""
        return self._heard[id(wave)]


def hear(wave: np.ndarray, embedders: EmbedderSet) -> AudioEmbeddings:
    """What networks hear in one wave.

    Args:
        wave: mono, `[n]`, at the clock's rate.
        embedders: who listens.

    Returns:
        Everything that was asked for.
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
    """Places of captions in a space of music and text, unit vectors [caption, width]."""
    return _space(space, fingerprint_of(space)).embed_text(list(captions))


def _frames(wave: np.ndarray, rate_hz: int, judge: AudioJudge) -> np.ndarray:
    return judge.embed(to_rate(wave, rate_hz, judge.sample_rate_hz))


def _tags(wave: np.ndarray) -> np.ndarray:
    """Mean probabilities over the same seconds that the space of music and text is about."""
    parts = segments(wave, SEGMENT_S * Musicnn.sample_rate_hz)
    return clip_probabilities(np.concatenate([_tagger().analyse(part, HOP_FRAMES).tags for part in parts]))


def _place(wave: np.ndarray, rate_hz: int, folder: Path) -> np.ndarray:
    space = _space(folder, fingerprint_of(folder))
    parts = [space.embed_audio(part[None], rate_hz)[0] for part in windows(wave, rate_hz)]
    return mean_direction(np.stack(parts))


@lru_cache(maxsize=8)
def _judge(name: str, _weights: str) -> AudioJudge:
    """Built once a process, and again when somebody replaced its weights."""
    return build_judge(name)


class _Remembering(Musicnn):
    """Keeps its last answer: tags, and every space that is built over it, ask about the same seconds."""

    _last: tuple[bytes, int] = (b"", 0)

    def analyse(self, wave: np.ndarray, hop_frames: int = WINDOW_FRAMES) -> MusicnnOutput:
        """See `Musicnn.analyse`."""
        asked = (np.asarray(wave, np.float32).tobytes(), hop_frames)
        if asked != self._last:
            self._last, self._answer = asked, super().analyse(wave, hop_frames)
        return self._answer


@lru_cache(maxsize=1)
def _tagger() -> Musicnn:
    return _Remembering()


@lru_cache(maxsize=4)
def _space(folder: Path, _fingerprint: str) -> MusicTextEncoder:
    """Loaded once a process, and again when the checkpoint was replaced."""
    if music_text_kind(folder) == MusicTextHead.name:
        return MusicTextHead.load(folder, _tagger())
    return load_music_text(folder)
