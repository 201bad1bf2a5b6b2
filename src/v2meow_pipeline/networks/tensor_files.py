"""Safe loading of third-party weight files: unpickles nothing but tensors and checks names and shapes."""

import pickle
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from v2meow_pipeline.errors import V2MeowError

SAFETENSORS = ".safetensors"
SHOWN = 4
# Exceptions raised for damaged files; the unpickler can raise almost any of these on arbitrary bytes.
UNREADABLE = (
    *(OSError, EOFError, RuntimeError, LookupError, ValueError, TypeError, AttributeError, AssertionError),
    *(struct.error, pickle.UnpicklingError, zipfile.BadZipFile, SafetensorError),
)


def read_tensor_file(path: Path, remedy: str) -> dict[str, Tensor]:
    """Reads the tensors of a file by name.

    Args:
        path: a .safetensors file, or a file written by `torch.save`, loaded with `weights_only=True`.
        remedy: remedy in the error message.

    Returns:
        Tensors on the CPU, with the data types of the file.

    Raises:
        V2MeowError: if the file cannot be read, or contains anything but tensors by name.
    """
    try:
        if path.suffix == SAFETENSORS:
            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except UNREADABLE as error:
        raise V2MeowError(f"{path} holds no readable weights: {first_line(error)}", remedy) from error
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise V2MeowError(f"{path} holds no dict of tensors by name.", remedy)
    return state


def require_tensors(
    path: Path, what: str, state: Mapping[str, Tensor], wanted: Mapping[str, Tensor], remedy: str
) -> None:
    """Checks that tensors have exactly the names and shapes of a network's.

    Args:
        path: source of the tensors, for the error message.
        what: name of the network, such as "I3D on flow", for the error message.
        state: tensors to check.
        wanted: state dict of the network.
        remedy: remedy in the error message.

    Raises:
        V2MeowError: if names or shapes differ; the message lists them.
    """
    faults = {
        "missing": sorted(wanted.keys() - state.keys()),
        "unknown": sorted(state.keys() - wanted.keys()),
        "of another shape": [
            f"{name} {list(state[name].shape)}, not {list(wanted[name].shape)}"
            for name in sorted(wanted.keys() & state.keys())
            if state[name].shape != wanted[name].shape
        ],
    }
    found = [f"{len(names)} {kind} ({_some(names)})" for kind, names in faults.items() if names]
    if found:
        raise V2MeowError(f"{path} is no {what}: of its tensors are {'; '.join(found)}.", remedy)


def _some(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")


def first_line(error: BaseException) -> str:
    """First line of an error's message, or its name if it has none."""
    return (str(error) or repr(error)).splitlines()[0]
