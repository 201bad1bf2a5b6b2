"""One shard: the arrays of a few hundred clips in a safetensors file that says what it was made from.

The header names the clips and the fingerprint of what made them, so that a truncated, foreign or stale file is told
from a good one without reading its data. Nothing is unpickled.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.errors import StaleError, V2MeowError

_DTYPES = {
    "F16": "float16",
    "F32": "float32",
    "F64": "float64",
    "I8": "int8",
    "U8": "uint8",
    "I16": "int16",
    "U16": "uint16",
    "I32": "int32",
    "U32": "uint32",
    "I64": "int64",
    "U64": "uint64",
    "BOOL": "bool",
}


@dataclass(frozen=True)
class Shard:
    """One file of a store.

    Attributes:
        index: its place in the store, and in its file name.
        clip_ids: its clips, in the order of the first axis of its arrays.
        fingerprint: of the configuration, and the content of these clips, that its arrays are computed from.
    """

    index: int
    clip_ids: tuple[str, ...]
    fingerprint: str

    @property
    def file_name(self) -> str:
        """The file's name within the store."""
        return f"shard-{self.index:05d}.safetensors"

    def header(self) -> dict[str, str]:
        """What the file says of itself: under one key, since safetensors writes several in random order."""
        return {"shard": json.dumps({"clip_ids": self.clip_ids, "fingerprint": self.fingerprint})}


def write_shard(root: Path, shard: Shard, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes one shard, atomically.

    Args:
        root: the store.
        shard: which.
        arrays: by name, a clip of the shard on the first axis.

    Raises:
        V2MeowError: when an array has another number of clips or holds NaN or infinity, or the disk is full.
    """
    for name, values in arrays.items():
        _check_values(root / shard.file_name, name, values, shard)
    contiguous = {name: np.ascontiguousarray(values) for name, values in arrays.items()}
    try:
        with atomic_path(root / shard.file_name) as temporary:
            temporary.write_bytes(save(contiguous, metadata=shard.header()))  # save_file would hide it from other users
    except (OSError, SafetensorError) as error:
        needed = sum(values.nbytes for values in contiguous.values()) / 1e6
        raise V2MeowError(
            f"{root / shard.file_name} ({needed:.1f} MB) cannot be written: {error}.",
            "Free space on the disk, or point the data folder elsewhere; what is complete is kept.",
        ) from error


def _check_values(path: Path, name: str, values: np.ndarray, shard: Shard) -> None:
    if values.ndim == 0 or len(values) != len(shard.clip_ids):
        raise V2MeowError(
            f"{name} of {path} has shape {values.shape}, not {len(shard.clip_ids)} clips on its first axis.",
            "Correct what computes it.",
        )
    if values.dtype.kind != "f":
        return
    bad = ~np.isfinite(values).reshape(len(values), -1).all(axis=1)
    if bad.any():
        clips = ", ".join(shard.clip_ids[i] for i in np.flatnonzero(bad)[:5])
        raise V2MeowError(
            f"{name} of {int(bad.sum())} clips is not finite: {clips}.",
            "Look at these clips; leave them out if damaged.",
        )


def is_whole(root: Path, shard: Shard) -> bool:
    """Whether the shard's file is there, complete, and made from what it should be.

    Args:
        root: the store.
        shard: which.

    Returns:
        True only for exactly this shard; its data are not read.
    """
    try:
        return _belongs(_open(root / shard.file_name), shard)
    except (OSError, SafetensorError):
        return False


def open_whole(root: Path, shard: Shard) -> Any:
    """The open file of a shard, mapped into memory.

    Args:
        root: the store.
        shard: which.

    Returns:
        What `safetensors.safe_open` gives; `get_slice(name)[row]` reads one clip.

    Raises:
        StaleError: when the file is missing, damaged, or holds something else.
    """
    path = root / shard.file_name
    try:
        file = _open(path)
    except (OSError, SafetensorError) as error:
        raise StaleError(f"{path} is missing or damaged ({error}).", "Run the step that writes it again.") from error
    if not _belongs(file, shard):
        raise StaleError(f"{path} was replaced by other content.", "Run the step that writes it again.")
    return file


def common_layout(root: Path, shards: Sequence[Shard]) -> dict[str, list[Any]]:
    """What one clip has, once every shard is known to agree.

    Args:
        root: the store.
        shards: all of it.

    Returns:
        Dtype and shape by name of array, such as {"audio": ["int16", [160000]]}.

    Raises:
        StaleError: when two shards differ.
    """
    layouts = {shard.file_name: _layout(open_whole(root, shard)) for shard in shards}
    first = next(iter(layouts.values()), {})
    for name, layout in layouts.items():
        if layout != first:
            raise StaleError(f"{root / name} holds {layout}, others hold {first}.", f"Delete {root} and run again.")
    return first


def _open(path: Path) -> Any:
    """safetensors compares the length of the file with its header, so that a truncated one raises here."""
    return safe_open(path, "numpy")


def _belongs(file: Any, shard: Shard) -> bool:
    return bool(file.metadata() == shard.header())


def _layout(file: Any) -> dict[str, list[Any]]:
    slices = {name: file.get_slice(name) for name in sorted(file.keys())}
    return {name: [_DTYPES[part.get_dtype()], list(part.get_shape()[1:])] for name, part in slices.items()}
