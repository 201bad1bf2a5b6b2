"""Audio of evaluated systems: one set of clips per system. A waveform is read when it is asked for, and never kept."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self, TypeAlias

import numpy as np

from v2meow_pipeline.corpus.clip_audio import AUDIO, from_pcm
from v2meow_pipeline.corpus.shards import ShardReader

AudioSource: TypeAlias = Callable[[], np.ndarray]


class AudioClip(NamedTuple):
    """Audio of one system for one clip.

    Attributes:
        clip_id: id of the clip.
        samples: number of samples that are used, from the start.
        source: function that reads or computes the mono waveform, `[n]` with n >= `samples`; picklable, so that clips
            can be sent to other processes.
    """

    clip_id: str
    samples: int
    source: AudioSource

    def read(self) -> np.ndarray:
        """Reads or computes the waveform.

        Returns:
            Mono waveform, `[samples]`.

        Raises:
            ValueError: if the source has fewer samples.
        """
        wave = self.source()[: self.samples]
        if len(wave) < self.samples:
            raise ValueError(f"{len(wave)} samples where {self.samples} are needed")
        return wave


@dataclass(frozen=True)
class AudioSet:
    """Audio of one system.

    Attributes:
        clips: the evaluated clips, in order.
    """

    clips: tuple[AudioClip, ...]

    @classmethod
    def of_waves(cls, clip_ids: Sequence[str], waves: Sequence[np.ndarray]) -> Self:
        """Set of waveforms that are in memory already.

        Args:
            clip_ids: ids of the clips.
            waves: one mono waveform per clip, `[n]` each.

        Returns:
            The set.
        """
        return cls(tuple(AudioClip(name, len(w), Wave(w)) for name, w in zip(clip_ids, waves, strict=True)))

    def __len__(self) -> int:
        """Number of clips."""
        return len(self.clips)

    def waves(self) -> Iterator[np.ndarray]:
        """Reads the waveforms one after the other."""
        return (clip.read() for clip in self.clips)

    def subset(self, indices: Sequence[int]) -> "AudioSet":
        """Set of some of the clips."""
        return AudioSet(tuple(self.clips[index] for index in indices))

    def trimmed(self, samples: Sequence[int]) -> "AudioSet":
        """Set in which no clip is longer than the given number of samples.

        Args:
            samples: one length per clip.

        Returns:
            The set with the shorter of both lengths.
        """
        pairs = zip(self.clips, samples, strict=True)
        return AudioSet(tuple(clip._replace(samples=min(clip.samples, length)) for clip, length in pairs))

    def exchanged(self, order: Sequence[int]) -> "AudioSet":
        """Set in which each clip has the audio of another clip of this set.

        Args:
            order: for each clip, the index of the clip whose audio it gets.

        Returns:
            The set; clip ids keep their order.
        """
        pairs = zip(self.clips, order, strict=True)
        return AudioSet(tuple(self.clips[other]._replace(clip_id=clip.clip_id) for clip, other in pairs))


Systems: TypeAlias = Mapping[str, AudioSet]


@dataclass(frozen=True, eq=False)
class Wave:
    """Source of a waveform that is in memory."""

    wave: np.ndarray

    def __call__(self) -> np.ndarray:
        """The waveform."""
        return self.wave


@dataclass(frozen=True, eq=False)
class StoredWave:
    """Source of a waveform in a shard store: int16 PCM in the array `column`."""

    store: ShardReader
    clip_id: str
    column: str

    def __call__(self) -> np.ndarray:
        """Reads the waveform, float32 in [-1, 1]."""
        return from_pcm(self.store.read(self.clip_id, self.column))


def stored_audio(
    store: ShardReader, clip_ids: Sequence[str], column: str = AUDIO, stored_ids: Sequence[str] | None = None
) -> AudioSet:
    """Set of waveforms in a shard store.

    Args:
        store: store with int16 PCM arrays.
        clip_ids: ids of the clips.
        column: name of the array.
        stored_ids: ids of the clips whose audio is read, in the order of `clip_ids`; None reads the clips' own.

    Returns:
        The set.
    """
    (samples,) = store.layout[column][1]
    pairs = zip(clip_ids, stored_ids or clip_ids, strict=True)
    return AudioSet(tuple(AudioClip(name, samples, StoredWave(store, stored, column)) for name, stored in pairs))


def digest_of(wave: np.ndarray) -> str:
    """Digest of the samples of a waveform, 32 hex digits; equal for equal samples of one type."""
    content = hashlib.blake2b(np.ascontiguousarray(wave).data, digest_size=16)
    content.update(wave.dtype.str.encode())
    return content.hexdigest()
