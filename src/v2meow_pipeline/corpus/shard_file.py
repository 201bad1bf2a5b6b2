"""Shard files: the arrays of a group of clips in one safetensors file.

The header holds the clip ids and a fingerprint of the configuration and content, so that a truncated, foreign or stale
file is detected without reading its data. Nothing is unpickled.
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
    """Identity of one shard of a store.

    Attributes:
        index: index of the shard in the store, part of its file name.
        clip_ids: ids of its clips, in the order of the first axis of its arrays.
        fingerprint: fingerprint of the configuration and the clip contents that its arrays are computed from.
    """

    index: int
    clip_ids: tuple[str, ...]
    fingerprint: str

    @property
    def file_name(self) -> str:
        """File name within the store."""
        return f"shard-{self.index:05d}.safetensors"

    def header(self) -> dict[str, str]:
        """Header metadata of the file; a single key, since safetensors writes several in random order."""
        return {"shard": json.dumps({"clip_ids": self.clip_ids, "fingerprint": self.fingerprint})}


def write_shard(root: Path, shard: Shard, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes one shard file atomically.

    Args:
        root: directory of the store.
        shard: shard to write.
        arrays: arrays by name, with the clips of the shard on the first axis.

    Raises:
        V2MeowError: if an array has a different number of clips, or NaN or infinity, or the disk is full.
    """
    for name, values in arrays.items():
        _check_values(root / shard.file_name, name, values, shard)
    contiguous = {name: np.ascontiguousarray(values) for name, values in arrays.items()}
    try:
        with atomic_path(root / shard.file_name) as temporary:
            # Not save_file, which creates files that other users cannot read.
            temporary.write_bytes(save(contiguous, metadata=shard.header()))
    except (OSError, SafetensorError) as error:
        needed = sum(values.nbytes for values in contiguous.values()) / 1e6
        raise V2MeowError(
            f"{root / shard.file_name} ({needed:.1f} MB) cannot be written: {error}.",
            "Free space on the disk, or move the data folder to another one; complete shards are kept.",
        ) from error


def _check_values(path: Path, name: str, values: np.ndarray, shard: Shard) -> None:
    if values.ndim == 0 or len(values) != len(shard.clip_ids):
        raise V2MeowError(
            f"Array {name} of {path} has shape {values.shape}; its first axis must have {len(shard.clip_ids)} clips.",
            "Correct the function that computes it.",
        )
    if values.dtype.kind != "f":
        return
    bad = ~np.isfinite(values).reshape(len(values), -1).all(axis=1)
    if bad.any():
        clips = ", ".join(shard.clip_ids[i] for i in np.flatnonzero(bad)[:5])
        raise V2MeowError(
            f"Array {name} of {int(bad.sum())} clips is not finite: {clips}.",
            "Check these clips, and remove them from the corpus if they are damaged.",
        )


def is_whole(root: Path, shard: Shard) -> bool:
    """Whether the shard's file exists, is complete, and is up to date.

    Args:
        root: directory of the store.
        shard: expected shard.

    Returns:
        True if the file's header matches `shard`; its data are not read.
    """
    try:
        return _matches(_open(root / shard.file_name), shard)
    except (OSError, SafetensorError):
        return False


def open_whole(root: Path, shard: Shard) -> Any:
    """Opens a shard file, memory-mapped.

    Args:
        root: directory of the store.
        shard: expected shard.

    Returns:
        Handle of `safetensors.safe_open`; `get_slice(name)[row]` reads one clip.

    Raises:
        StaleError: if the file is missing, damaged, or not this shard.
    """
    path = root / shard.file_name
    try:
        file = _open(path)
    except (OSError, SafetensorError) as error:
        raise StaleError(f"{path} is missing or damaged ({error}).", "Rerun the step that writes it.") from error
    if not _matches(file, shard):
        raise StaleError(f"{path} was replaced by other content.", "Rerun the step that writes it.")
    return file


def common_layout(root: Path, shards: Sequence[Shard]) -> dict[str, list[Any]]:
    """Dtype and shape of each array per clip, after a check that all shards agree.

    Args:
        root: directory of the store.
        shards: all shards of the store.

    Returns:
        Dtype and shape by array name, such as {"audio": ["int16", [160000]]}.

    Raises:
        StaleError: if two shards differ.
    """
    layouts = {shard.file_name: _layout(open_whole(root, shard)) for shard in shards}
    first = next(iter(layouts.values()), {})
    for name, layout in layouts.items():
        if layout != first:
            raise StaleError(f"{root / name} holds {layout}, others hold {first}.", f"Delete {root} and rerun.")
    return first


def _open(path: Path) -> Any:
    """Opens a file; safetensors checks the file length against the header, so a truncated file raises."""
    return safe_open(path, "numpy")


def _matches(file: Any, shard: Shard) -> bool:
    return bool(file.metadata() == shard.header())


def _layout(file: Any) -> dict[str, list[Any]]:
    slices = {name: file.get_slice(name) for name in sorted(file.keys())}
    return {name: [_DTYPES[part.get_dtype()], list(part.get_shape()[1:])] for name, part in slices.items()}
