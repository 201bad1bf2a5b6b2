"""Interface of the shard readers used in training."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from v2meow_pipeline.errors import ConfigError


class Reader(Protocol):
    """The part of corpus.shards.ShardReader that training uses: arrays of clips by name."""

    def stack(self, name: str, clip_ids: Sequence[str]) -> np.ndarray:
        """Arrays `name` of the clips, stacked along the first axis."""
        ...

    def __contains__(self, clip_id: object) -> bool:
        """Whether the reader contains a clip."""
        ...


def stack_or_nan(reader: Reader, name: str, clip_ids: Sequence[str]) -> np.ndarray:
    """Stacks an array of clips, with NaN (treated as a missing condition) for clips that the reader lacks.

    Args:
        reader: reader of at least one of the clips.
        name: name of the array.
        clip_ids: clips to read.

    Returns:
        The arrays, stacked along the first axis.

    Raises:
        ConfigError: if the reader has none of the clips, or lacks some and the array contains tokens.
    """
    known = [clip_id in reader for clip_id in clip_ids]
    if all(known):
        return reader.stack(name, clip_ids)
    if not any(known):
        raise ConfigError(f"No clip has {name}.", "Run the features pipeline, or remove this feature.")
    found = reader.stack(name, [clip_id for clip_id, exists in zip(clip_ids, known, strict=True) if exists])
    if found.dtype.kind != "f":
        raise ConfigError(
            f"{name} is missing for some clips, and tokens cannot be missing.", "Remove the clips without video."
        )
    rows = np.full((len(clip_ids), *found.shape[1:]), np.nan, found.dtype)
    rows[np.flatnonzero(known)] = found
    return rows
