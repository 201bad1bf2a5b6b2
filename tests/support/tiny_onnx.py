"""Tiny networks as ONNX files, written field by field: the package onnx is not needed to make them.

Numbers of fields are those of onnx.proto (ModelProto, GraphProto, NodeProto, TensorProto, ValueInfoProto).
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

FLOAT, INT64 = 1, 7
RATE_HZ, WINDOW, HOP, WIDTH = 8_000, 400, 200, 5
Axes = Sequence[str | int]


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def message(field: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(data)) + data


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def tensor(name: str, values: np.ndarray) -> bytes:
    kind = INT64 if values.dtype == np.int64 else FLOAT
    dims = b"".join(number(1, size) for size in values.shape)
    return dims + number(2, kind) + message(8, name) + message(9, values.tobytes())


def value_info(name: str, axes: Axes, kind: int = FLOAT) -> bytes:
    dims = b"".join(message(1, number(1, axis) if isinstance(axis, int) else message(2, axis)) for axis in axes)
    return message(1, name) + message(2, message(1, number(1, kind) + message(2, dims)))


def node(operation: str, inputs: Sequence[str], output: str, **lists: Sequence[int]) -> bytes:
    attributes = (
        message(5, message(1, name) + b"".join(number(8, value) for value in values) + number(20, 7))
        for name, values in lists.items()
    )
    names = [message(1, name) for name in inputs]
    return b"".join([*names, message(2, output), message(4, operation), *attributes])


def model(nodes: Sequence[bytes], tensors: Sequence[bytes], inputs: Sequence[bytes], outputs: Sequence[bytes]) -> bytes:
    parts = [(1, nodes), (5, tensors), (11, inputs), (12, outputs)]
    graph = b"".join(message(field, part) for field, many in parts for part in many) + message(2, "tiny")
    return number(1, 8) + message(7, graph) + message(8, number(2, 13))


def weights(seed: int = 0) -> np.ndarray:
    """Filters of both networks below, [width, window]."""
    return np.random.default_rng(seed).normal(size=(WIDTH, WINDOW)).astype(np.float32) / 20


def of_windows(batch: str | int = "n", seed: int = 0) -> bytes:
    """A network of windows: [batch, 400] to [batch, 5], the products with the filters."""
    return model(
        [node("MatMul", ["wave", "filters"], "embedding")],
        [tensor("filters", np.ascontiguousarray(weights(seed).T))],
        [value_info("wave", [batch, WINDOW])],
        [value_info("embedding", [batch, WIDTH])],
    )


def of_waves(batched: bool = True, perm: Sequence[int] = (0, 2, 1)) -> bytes:
    """A network of whole waves: the same products at every hop, [1, samples] or [samples] to [1, frame, 5].

    Another `perm` turns the axes of [1, 5, frame] otherwise.
    """
    return model(
        [
            node("Unsqueeze", ["wave", "axes"], "channels"),
            node("Conv", ["channels", "filters"], "frames", strides=[HOP], kernel_shape=[WINDOW]),
            node("Transpose", ["frames"], "embedding", perm=perm),
        ],
        [tensor("filters", weights()[:, None]), tensor("axes", np.array([1] if batched else [0, 1], np.int64))],
        [value_info("wave", ["n", "samples"] if batched else ["samples"])],
        [value_info("embedding", ["n", "frame", "width"])],
    )


SETTINGS = {"sample_rate_hz": RATE_HZ, "input": "wave", "input_shape": ["batch", "samples"], "output": "embedding"}
WINDOWS = {"window_samples": WINDOW, "hop_samples": HOP}


def write_judge(folder: Path, network: bytes | None = None, **settings: object) -> Path:
    """A folder as a person fills it; a network of windows by default."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(of_windows() if network is None else network)
    given = {**SETTINGS, **(WINDOWS if network is None else {}), **settings}
    (folder / "judge.json").write_text(json.dumps(given))
    return folder
