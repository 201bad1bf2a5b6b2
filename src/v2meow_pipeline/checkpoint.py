"""Checkpoints: folders with `weights.safetensors` and `config.json`, written atomically.

Nothing is unpickled, so loading an untrusted checkpoint cannot execute code.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, load_file, save

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import StaleError, V2MeowError

WEIGHTS_NAME = "weights.safetensors"
CONFIG_NAME = "config.json"
HASH = "weights_sha256"
# Expected types of config values, checked when an untrusted config is read.
TYPES: dict[str, type] = {
    "kind": str,
    "fingerprint": str,
    "licence": str,
    "trained_on": str,
    HASH: str,
    "clock": dict,
    "made_with": dict,
    "model": dict,
    "curves": dict,
}
# Exceptions that Python code raises on invalid checkpoint values.
LOAD_ERRORS = (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError)


class Checkpoint(NamedTuple):
    """Contents of a checkpoint folder: `config` (JSON values) and `weights` (NumPy arrays by name)."""

    config: dict[str, Any]
    weights: dict[str, np.ndarray]


def save_checkpoint(folder: Path, config: Mapping[str, Any], weights: Mapping[str, np.ndarray]) -> None:
    """Writes a checkpoint atomically.

    Args:
        folder: checkpoint folder; an existing one is replaced.
        config: JSON values; by convention with `kind`, `fingerprint`, `clock`, `licence` and `trained_on`. The hash of
            the weights is added as `weights_sha256`, and verified on reading.
        weights: arrays by name.
    """
    with atomic_path(folder) as temporary:
        temporary.mkdir()
        # `save_file` would create files that only the owner can read.
        data = save({name: np.ascontiguousarray(values) for name, values in weights.items()})
        (temporary / WEIGHTS_NAME).write_bytes(data)
        described = {**config, HASH: hashlib.sha256(data).hexdigest()}
        (temporary / CONFIG_NAME).write_text(json.dumps(described, indent=2, sort_keys=True) + "\n")


def load_checkpoint(folder: Path, kind: str | None = None, clock: Clock | None = None) -> Checkpoint:
    """Reads a checkpoint.

    Args:
        folder: checkpoint folder written by `save_checkpoint`.
        kind: required kind, such as "semantic_tokenizer"; None accepts any.
        clock: required rates and codebook sizes; None accepts any.

    Returns:
        Config and weights; half-precision arrays are converted to float32.

    Raises:
        V2MeowError: when the checkpoint is missing, damaged or of another kind.
        StaleError: when it was made for other rates or codebook sizes; the message gives both values.
    """
    config = read_config(folder)
    if kind is not None and config.get("kind") != kind:
        raise V2MeowError(f"{folder} contains a {config.get('kind')!r}, not a {kind!r}.", "Give the right folder.")
    if clock is not None:
        _check_clock(folder, config.get("clock", {}), clock)
    try:
        data = (folder / WEIGHTS_NAME).read_bytes()
        weights = load(data)
    except (OSError, SafetensorError) as error:
        raise V2MeowError(f"The weights in {folder} cannot be read: {error}.", "Train or copy them again.") from error
    if HASH in config and hashlib.sha256(data).hexdigest() != config[HASH]:
        raise V2MeowError(f"The weights in {folder} do not match the hash in its config.", "Train or copy them again.")
    _check_values(folder, weights)
    return Checkpoint(config, {name: _single(values) for name, values in weights.items()})


def half_precision_arrays(folder: Path) -> set[str]:
    """Names of the arrays of a checkpoint that are stored in half precision."""
    return {name for name, values in load_file(folder / WEIGHTS_NAME).items() if values.dtype == np.float16}


def read_config(folder: Path) -> dict[str, Any]:
    """Reads the config of a checkpoint without its weights.

    Args:
        folder: checkpoint folder written by `save_checkpoint`.

    Returns:
        JSON values of the config.

    Raises:
        V2MeowError: when the folder contains no readable checkpoint.
    """
    try:
        config = json.loads((folder / CONFIG_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise V2MeowError(
            f"There is no checkpoint in {folder.absolute()}.",
            "Run the pipeline that makes it, such as `.venv/bin/kedro run --pipeline train`, in the project's folder.",
        ) from error
    known = config if isinstance(config, dict) else {}
    wrong = [name for name, kind in TYPES.items() if name in known and not isinstance(known[name], kind)]
    if wrong or not isinstance(config, dict):
        reason = f"{', '.join(wrong)} of the wrong type" if wrong else "not a JSON object"
        raise V2MeowError(f"The config in {folder} is invalid: {reason}.", "Train or copy the checkpoint again.")
    return config


def fingerprint_of(folder: Path) -> str:
    """Reads the fingerprint of a checkpoint.

    Args:
        folder: checkpoint folder written by `save_checkpoint`.

    Returns:
        Fingerprint, which is recorded in all artifacts made with the checkpoint.

    Raises:
        V2MeowError: when the folder contains no readable checkpoint, or its config has no fingerprint.
    """
    with loading(folder):
        return str(read_config(folder)["fingerprint"])


@contextmanager
def loading(folder: Path) -> Iterator[None]:
    """Converts exceptions raised while building an object from a checkpoint to a V2MeowError.

    Args:
        folder: checkpoint folder, for the message.

    Yields:
        Nothing.

    Raises:
        V2MeowError: when config or weights are inconsistent or incomplete.
    """
    try:
        yield
    except LOAD_ERRORS as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise V2MeowError(f"The checkpoint {folder} is invalid ({reason}).", "Train or copy it again.") from error


def cached_fit(folder: Path, fingerprint: str, fit: Callable[[], None]) -> Path:
    """Fits and saves a checkpoint, unless one with the same fingerprint exists.

    Args:
        folder: checkpoint folder.
        fingerprint: fingerprint of all inputs of the fit.
        fit: function that writes the checkpoint, with this fingerprint in its config, to `folder`.

    Returns:
        Checkpoint folder.
    """
    if not is_current(folder, fingerprint):
        fit()
    return folder


def checkpoint_exists(folder: Path) -> bool:
    """Whether `folder` contains both files of a checkpoint."""
    return (folder / CONFIG_NAME).is_file() and (folder / WEIGHTS_NAME).is_file()


def is_current(folder: Path, fingerprint: str) -> bool:
    """Whether `folder` contains a complete checkpoint with this `fingerprint`."""
    if not checkpoint_exists(folder):
        return False
    try:
        return read_config(folder).get("fingerprint") == fingerprint
    except V2MeowError:
        return False


def keep_previous(folder: Path) -> None:
    """Renames a checkpoint that is about to be replaced to `<name>.previous`, replacing an earlier one.

    Args:
        folder: checkpoint folder; nothing happens if it contains no checkpoint.
    """
    if (folder / CONFIG_NAME).is_file():
        previous = previous_of(folder)
        shutil.rmtree(previous, ignore_errors=True)
        folder.rename(previous)


def previous_of(folder: Path) -> Path:
    """Folder to which `keep_previous` renames a checkpoint."""
    return folder.with_name(f"{folder.name}.previous")


def check_shapes(weights: Mapping[str, np.ndarray], shapes: Mapping[str, tuple[int | None, ...]]) -> None:
    """Checks shapes and types of weights that are not loaded into a torch module; call it within `loading`.

    Args:
        weights: weights of a checkpoint.
        shapes: required arrays and their shapes; None allows any length.

    Raises:
        ValueError: when an array has another shape or is not floating-point; a missing array is a KeyError.
    """
    for name, shape in shapes.items():
        found = weights[name]
        fits = len(found.shape) == len(shape) and all(b in (None, a) for a, b in zip(found.shape, shape, strict=True))
        if not fits or found.dtype.kind != "f":
            raise ValueError(f"{name} is {found.dtype} {list(found.shape)}, not {list(shape)}")


def _check_values(folder: Path, weights: Mapping[str, np.ndarray]) -> None:
    """Raises on non-finite weights, which would otherwise only show as silence or noise in the output."""
    bad = [name for name, values in weights.items() if values.dtype.kind == "f" and not np.isfinite(values).all()]
    if bad:
        raise V2MeowError(f"The weights in {folder} are not finite: {bad[0]}.", "Train or copy them again.")


def _single(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32) if values.dtype == np.float16 else values


def _check_clock(folder: Path, made_for: Mapping[str, int], clock: Clock) -> None:
    wanted = clock.fingerprint_of_tokens()
    wrong = [f"{k} is {made_for.get(k)}, not {v}" for k, v in wanted.items() if made_for.get(k) != v]
    if wrong:
        raise StaleError(f"{folder} was made for another clock: {', '.join(wrong)}.", "Train it again for this clock.")
