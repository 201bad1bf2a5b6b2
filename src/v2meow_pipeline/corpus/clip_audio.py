"""Format of the clip-audio store: array name, and conversion between 16-bit PCM and floating point."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

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
