"""Files of tensors that others published: read without unpickling anything else, and checked before they are used."""

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
# Bytes that only begin like a pickle send the unpickler anywhere: to values, keys and names that there are not.
UNREADABLE = (
    *(OSError, EOFError, RuntimeError, LookupError, ValueError, TypeError, AttributeError, AssertionError),
    *(struct.error, pickle.UnpicklingError, zipfile.BadZipFile, SafetensorError),
)


def read_tensor_file(path: Path, remedy: str) -> dict[str, Tensor]:
    """The tensors of a file by name.

    Args:
        path: safetensors by its ending, otherwise what `torch.save` wrote; nothing else in it is unpickled.
        remedy: what to do about a file that cannot be used.

    Returns:
        Tensors on the CPU, in the types of the file.

    Raises:
        V2MeowError: when the file cannot be read, or holds anything but tensors by name.
    """
    try:
        if path.suffix == SAFETENSORS:
            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except UNREADABLE as error:
        raise V2MeowError(f"{path} holds no readable weights: {_first_line(error)}", remedy) from error
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise V2MeowError(f"{path} holds no dict of tensors by name.", remedy)
    return state


def require_tensors(
    path: Path, what: str, state: Mapping[str, Tensor], wanted: Mapping[str, Tensor], remedy: str
) -> None:
    """Refuses tensors that are not exactly those of a network.

    Args:
        path: where they come from, for the error.
        what: the network, such as "I3D on flow".
        state: the tensors.
        wanted: the network's own.
        remedy: what to do about others.

    Raises:
        V2MeowError: when names or shapes differ; they are named.
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


def _first_line(error: Exception) -> str:
    return (str(error) or repr(error)).splitlines()[0]
