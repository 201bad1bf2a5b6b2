"""How the store of clips' sound is read: its array, and 16-bit PCM to and from floating point."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

AUDIO = "audio"
FULL_SCALE = 32767


def contents_of(manifest: pd.DataFrame) -> Sequence[str]:
    """What each clip is cut from, for `ShardWriter`: the hash of its file and its place in it."""
    return [f"{row.sha256}@{row.start_s}" for row in manifest.itertuples()]


def to_pcm(wave: np.ndarray) -> np.ndarray:
    """float in [-1, 1] as int16; louder samples are clipped."""
    return np.round(np.clip(wave, -1.0, 1.0) * FULL_SCALE).astype(np.int16)


def from_pcm(pcm: np.ndarray) -> np.ndarray:
    """int16 as float32 in [-1, 1]."""
    return pcm.astype(np.float32) / FULL_SCALE
