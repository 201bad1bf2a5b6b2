"""What training reads clips from."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from v2meow_pipeline.errors import ConfigError


class Reader(Protocol):
    """What is needed of corpus.shards.ShardReader: arrays of clips by name."""

    def stack(self, name: str, clip_ids: Sequence[str]) -> np.ndarray:
        """The arrays `name` of the clips, first axis the clips."""
        ...

    def __contains__(self, clip_id: object) -> bool:
        """Whether there is this clip."""
        ...


def stack_or_nan(reader: Reader, name: str, clip_ids: Sequence[str]) -> np.ndarray:
    """An array of some clips; NaN, which counts as unknown, for clips that the reader does not have.

    Args:
        reader: has some of the clips.
        name: of the array.
        clip_ids: which clips.

    Returns:
        The array, a clip on the first axis.

    Raises:
        ConfigError: when the reader has none of the clips, or lacks some and the array holds tokens.
    """
    known = [clip_id in reader for clip_id in clip_ids]
    if all(known):
        return reader.stack(name, clip_ids)
    if not any(known):
        raise ConfigError(f"No clip has {name}.", "Run the features pipeline, or leave this feature out.")
    found = reader.stack(name, [clip_id for clip_id, there in zip(clip_ids, known, strict=True) if there])
    if found.dtype.kind != "f":
        raise ConfigError(
            f"{name} of some clips is missing, and tokens cannot be.", "Leave out clips without pictures."
        )
    rows = np.full((len(clip_ids), *found.shape[1:]), np.nan, found.dtype)
    rows[np.flatnonzero(known)] = found
    return rows
