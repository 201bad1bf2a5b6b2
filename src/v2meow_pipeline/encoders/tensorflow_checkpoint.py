"""Reader of TensorFlow V2 checkpoints without TensorFlow.

The `.index` file is a LevelDB table of protocol-buffer records, which refer to bytes in `.data-00000-of-00001`
(tensorflow/core/util/tensor_bundle, leveldb/doc/table_format.md). Supports a single shard, uncompressed blocks, and
float32 and int32 tensors.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from v2meow_pipeline.errors import V2MeowError

MAGIC = 0xDB4775248B80FB57
FOOTER_BYTES = 48
UNCOMPRESSED = 0
DTYPES = {1: np.dtype("<f4"), 3: np.dtype("<i4")}
REMEDY = "Install the package again."


def read_tensors(index: Path, data: Path, suffix_skipped: tuple[str, ...] = ()) -> dict[str, np.ndarray]:
    """Reads the tensors of a checkpoint.

    Args:
        index: the `.index` file.
        data: the single `.data-...` file.
        suffix_skipped: suffixes of tensor names to skip, such as optimiser slots.

    Returns:
        Arrays by name.

    Raises:
        V2MeowError: if the files are damaged or not a supported checkpoint.
    """
    table, payload = index.read_bytes(), data.read_bytes()
    try:
        return {
            key: _tensor(dict(_fields(record)), payload)
            for key, record in _records(table)
            if key and not key.endswith(suffix_skipped)
        }
    except (IndexError, ValueError, KeyError) as error:
        raise V2MeowError(f"{index.parent} holds no readable TensorFlow checkpoint: {error!r}.", REMEDY) from error


def _records(table: bytes) -> Iterator[tuple[str, bytes]]:
    """All (key, value) pairs of the table; the header has the empty key."""
    footer = table[-FOOTER_BYTES:]
    if int.from_bytes(footer[-8:], "little") != MAGIC:
        raise ValueError("not a LevelDB table")
    position = 0
    handles = []
    for _ in range(4):  # offset and size of the meta index block, then of the index block
        number, position = _varint(footer, position)
        handles.append(number)
    for _, block in _entries(table, *handles[2:]):
        offset, position = _varint(block, 0)
        size, _ = _varint(block, position)
        yield from ((key.decode(), record) for key, record in _entries(table, offset, size))


def _entries(table: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Entries of one block, with prefix-compressed keys."""
    if table[offset + size] != UNCOMPRESSED:
        raise ValueError("compressed block")
    block = table[offset : offset + size]
    end = len(block) - 4 * (int.from_bytes(block[-4:], "little") + 1)
    position, key = 0, b""
    while position < end:
        shared, position = _varint(block, position)
        unshared, position = _varint(block, position)
        length, position = _varint(block, position)
        key = key[:shared] + block[position : position + unshared]
        position += unshared
        yield key, block[position : position + length]
        position += length


def _tensor(record: dict[int, int | bytes], payload: bytes) -> np.ndarray:
    """Array of a BundleEntryProto, with fields 1 dtype, 2 shape, 3 shard, 4 offset, 5 size."""
    dtype = DTYPES[_integer(record.get(1, 0))]
    if _integer(record.get(3, 0)) != 0:
        raise ValueError("more than one shard")
    sizes = [dict(_fields(_message(size))) for field, size in _fields(_message(record.get(2, b""))) if field == 2]
    shape = [_integer(size.get(1, 0)) for size in sizes]
    offset, size = _integer(record.get(4, 0)), _integer(record.get(5, 0))
    values = np.frombuffer(payload[offset : offset + size], dtype)
    return values.reshape(shape).copy()


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Fields of a protocol-buffer message by number: integers, or bytes for nested messages."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        kind = tag & 7
        value: int | bytes
        if kind == 0:
            value, position = _varint(message, position)
        elif kind == 2:
            length, position = _varint(message, position)
            value = message[position : position + length]
            position += length
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
            value = int.from_bytes(message[position : position + length], "little")
            position += length
        else:
            raise ValueError(f"wire type {kind}")
        yield tag >> 3, value


def _integer(value: int | bytes) -> int:
    if not isinstance(value, int):
        raise ValueError("a message instead of an integer")
    return value


def _message(value: int | bytes) -> bytes:
    if not isinstance(value, bytes):
        raise ValueError("an integer instead of a message")
    return value


def _varint(data: bytes, position: int) -> tuple[int, int]:
    """Base-128 varint at `position`, and the position after it."""
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, position
