"""Embeddings of audio for all metrics: features of rhythm, key and loudness, and outputs of networks."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np

from v2meow_pipeline.checkpoint import fingerprint_of
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.tokens import ACOUSTIC, SEMANTIC, load_tokenizers
from v2meow_pipeline.encoders.base import AudioJudge, MusicTextEncoder
from v2meow_pipeline.encoders.music_text import HOP_FRAMES, SEGMENT_S, MusicTextHead
from v2meow_pipeline.encoders.music_text_loading import load_music_text, music_text_kind
from v2meow_pipeline.encoders.musicnn import WINDOW_FRAMES, Musicnn, MusicnnOutput
from v2meow_pipeline.encoders.registry import build_judge, judge_weights
from v2meow_pipeline.encoders.waves import segments, to_rate
from v2meow_pipeline.evaluation.audio_sets import AudioClip, Systems, digest_of
from v2meow_pipeline.metrics.consistency import mean_direction, windows
from v2meow_pipeline.metrics.kld import clip_probabilities
from v2meow_pipeline.metrics.validate import require_wave
from v2meow_pipeline.metrics.wave import WaveFeatures, analyse_wave
from v2meow_pipeline.parallel import parallel_map

TAGGER = Musicnn.name
NO_TAGS = np.zeros(0)


class EmbedderSet(NamedTuple):
    """What is computed of each waveform.

    Attributes:
        clock: sample rate of the waveforms.
        features: whether rhythm, key and loudness are analysed.
        judges: names of the embedding networks for FAD.
        tags: whether tag probabilities are computed.
        spaces: name -> checkpoint of a music-text embedding space.
        tokenizers: "semantic" and "acoustic" -> checkpoint of the tokenizer; empty for no tokens.
    """

    clock: Clock
    features: bool = True
    judges: tuple[str, ...] = ()
    tags: bool = False
    spaces: Mapping[str, Path] = {}
    tokenizers: Mapping[str, Path] = {}

    def fingerprint(self) -> str:
        """Fingerprint of the networks and their weights."""
        judges = [(name, judge_weights(name)) for name in self.judges]
        folders = {**self.spaces, **self.tokenizers}
        checkpoints = [(name, fingerprint_of(folder)) for name, folder in sorted(folders.items())]
        return fingerprint(self.clock.sample_rate_hz, self.features, judges, self.tags, checkpoints)


class AudioEmbeddings(NamedTuple):
    """What was computed of one waveform.

    Attributes:
        features: rhythm, key and loudness; None if not computed.
        frames: judge -> embedding frames, float32 [window, width].
        tags: tag probabilities, [tag]; empty if not computed.
        music_text: music-text space -> embedding, unit vector [width].
        tokens: "semantic" -> tokens [t]; "acoustic" -> tokens of the first level [t].
    """

    features: WaveFeatures | None
    frames: dict[str, np.ndarray]
    tags: np.ndarray
    music_text: dict[str, np.ndarray]
    tokens: dict[str, np.ndarray]


# System -> embeddings of each clip, in the order of the clips.
EmbeddedSystems: TypeAlias = Mapping[str, Sequence[AudioEmbeddings]]


# Fingerprint of the networks, digest of the samples, number of samples.
_Key: TypeAlias = tuple[str, str, int]


class EmbeddingCache:
    """Embeddings of waveforms by their content: each distinct waveform is processed once, however many sets have it."""

    def __init__(self, workers: int) -> None:
        """Creates an empty cache.

        Args:
            workers: number of processes that run the networks.
        """
        self._workers = workers
        self._outputs: dict[_Key, AudioEmbeddings] = {}

    def embed(self, systems: Systems, embedders: EmbedderSet) -> dict[str, list[AudioEmbeddings]]:
        """Reads each clip once, and runs the networks on waveforms that are not in the cache.

        Args:
            systems: name -> audio at the clock's sample rate.
            embedders: networks to run.

        Returns:
            Name -> embeddings of each clip.

        Raises:
            ValueError: if a waveform is empty, too short, not mono or not finite; the message names system and clip.
        """
        keys: list[_Key] = []
        requested: list[_Key] = []
        waves = self._new_waves(systems, embedders, keys, requested)
        total = sum(map(len, systems.values()))
        run = partial(embed_wave, embedders=embedders)
        for index, outputs in enumerate(parallel_map(run, waves, self._workers, "embedding audio", total)):
            self._outputs[requested[index]] = outputs
        ordered = iter(keys)
        return {name: [self._outputs[next(ordered)] for _ in audio.clips] for name, audio in systems.items()}

    def _new_waves(
        self, systems: Systems, embedders: EmbedderSet, keys: list[_Key], requested: list[_Key]
    ) -> Iterator[np.ndarray]:
        """Waveforms that are not in the cache; adds the key of every clip, and those of these waveforms."""
        made_by, known = embedders.fingerprint(), set(self._outputs)
        for name, audio in systems.items():
            for clip in audio.clips:
                wave = _read(name, clip, embedders.clock.sample_rate_hz)
                keys.append((made_by, digest_of(wave), len(wave)))
                if keys[-1] not in known:
                    known.add(keys[-1])
                    requested.append(keys[-1])
                    yield wave


def _read(system: str, clip: AudioClip, sample_rate_hz: int) -> np.ndarray:
    try:
        wave = clip.read()
        require_wave(wave, sample_rate_hz)
    except ValueError as error:
        raise ValueError(f"{system}, {clip.clip_id}: {error}") from error
    return wave


def embed_wave(wave: np.ndarray, embedders: EmbedderSet) -> AudioEmbeddings:
    """Runs the networks on one waveform.

    Args:
        wave: mono waveform at the clock's sample rate, `[n]`.
        embedders: networks to run.

    Returns:
        The requested outputs.
    """
    rate = embedders.clock.sample_rate_hz
    frames = {name: _frames(wave, rate, _judge(name, judge_weights(name))) for name in embedders.judges}
    tags = _tags(to_rate(wave, rate, Musicnn.sample_rate_hz)) if embedders.tags else NO_TAGS
    music_text = {name: _music_text(wave, rate, folder) for name, folder in embedders.spaces.items()}
    tokens = {}
    if embedders.tokenizers:
        semantic, acoustic = load_tokenizers(
            embedders.tokenizers[SEMANTIC], embedders.tokenizers[ACOUSTIC], embedders.clock
        )
        tokens = {SEMANTIC: semantic.encode(wave), ACOUSTIC: acoustic.encode(wave)[0]}
    features = analyse_wave(wave, rate) if embedders.features else None
    return AudioEmbeddings(features, frames, tags, music_text, tokens)


def features_of(clips: Sequence[AudioEmbeddings]) -> list[WaveFeatures]:
    """Features of each clip, which must have been computed."""
    return [clip.features for clip in clips if clip.features is not None]


def embed_captions(captions: Sequence[str], space: Path) -> np.ndarray:
    """Embeddings of captions in a music-text space, unit vectors [caption, width]."""
    return _space(space, fingerprint_of(space)).embed_text(list(captions))


def _frames(wave: np.ndarray, rate_hz: int, judge: AudioJudge) -> np.ndarray:
    return judge.embed(to_rate(wave, rate_hz, judge.sample_rate_hz))


def _tags(wave: np.ndarray) -> np.ndarray:
    """Mean tag probabilities over the segments that the music-text space uses too."""
    parts = segments(wave, SEGMENT_S * Musicnn.sample_rate_hz)
    return clip_probabilities(np.concatenate([_tagger().analyse(part, HOP_FRAMES).tags for part in parts]))


def _music_text(wave: np.ndarray, rate_hz: int, folder: Path) -> np.ndarray:
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
