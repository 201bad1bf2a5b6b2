"""Clip-audio store: array name, conversion between 16-bit PCM and floating point, and iteration over waveforms."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from v2meow_pipeline.corpus.shards import ShardReader

AUDIO = "audio"
FULL_SCALE = 32767


def contents_of(manifest: pd.DataFrame) -> Sequence[str]:
    """Content key of each clip for `ShardWriter`: hash of its file, and start time in it."""
    return [f"{row.sha256}@{row.start_s}" for row in manifest.itertuples()]


def to_pcm(wave: np.ndarray) -> np.ndarray:
    """Converts float in [-1, 1] to int16 PCM; samples out of range are clipped."""
    return np.round(np.clip(wave, -1.0, 1.0) * FULL_SCALE).astype(np.int16)


def from_pcm(pcm: np.ndarray) -> np.ndarray:
    """Converts int16 PCM to float32 in [-1, 1]."""
    return pcm.astype(np.float32) / FULL_SCALE


def waves_of(store: ShardReader, clip_ids: Sequence[str], column: str = AUDIO) -> Iterator[np.ndarray]:
    """Iterates over the waveforms of clips, float32 in [-1, 1]; `column` names the array to read from the store."""
    for clip_id in clip_ids:
        yield from_pcm(store.read(clip_id, column))


class Waves:
    """Re-iterable over the waveforms of clips."""

    def __init__(self, clip_audio: ShardReader, clip_ids: Sequence[str]) -> None:
        """Stores the arguments; audio is read on iteration.

        Args:
            clip_audio: shard store of the clips' waveforms.
            clip_ids: ids of the clips to iterate over.
        """
        self._clip_audio, self._clip_ids = clip_audio, clip_ids

    def __iter__(self) -> Iterator[np.ndarray]:
        """Starts a new pass at the first clip."""
        return waves_of(self._clip_audio, self._clip_ids)
