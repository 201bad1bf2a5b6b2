"""Checkpoints: a folder with `weights.safetensors` and `config.json`, written so that half of one never exists.

Nothing here is ever unpickled, so a checkpoint from a stranger can at worst be refused.
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
from safetensors.numpy import load, save

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import StaleError, V2MeowError

WEIGHTS_NAME = "weights.safetensors"
CONFIG_NAME = "config.json"
HASH = "weights_sha256"
# What a stranger's config may get wrong before anything is made of it.
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
# What Python raises where the values of a checkpoint do not fit the code that reads them.
LOAD_ERRORS = (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError)


class Checkpoint(NamedTuple):
    """What a checkpoint folder holds: `config` (plain JSON values) and `weights` (NumPy arrays by name)."""

    config: dict[str, Any]
    weights: dict[str, np.ndarray]


def save_checkpoint(folder: Path, config: Mapping[str, Any], weights: Mapping[str, np.ndarray]) -> None:
    """Writes a checkpoint atomically.

    Args:
        folder: the checkpoint; an existing one is replaced whole.
        config: JSON values; `kind`, `fingerprint`, `clock`, `licence` and `trained_on` by convention. The hash of the
            weights is added as `weights_sha256`, and checked when they are read.
        weights: arrays by name.
    """
    with atomic_path(folder) as temporary:
        temporary.mkdir()
        # Not `save_file`, which makes files that nobody else may read.
        data = save({name: np.ascontiguousarray(values) for name, values in weights.items()})
        (temporary / WEIGHTS_NAME).write_bytes(data)
        described = {**config, HASH: hashlib.sha256(data).hexdigest()}
        (temporary / CONFIG_NAME).write_text(json.dumps(described, indent=2, sort_keys=True) + "\n")


def load_checkpoint(folder: Path, kind: str | None = None, clock: Clock | None = None) -> Checkpoint:
    """Reads a checkpoint.

    Args:
        folder: a folder written by `save_checkpoint`.
        kind: what it must be, such as "semantic_tokenizer"; None accepts any.
        clock: the clock it must have been made for; None accepts any.

    Returns:
        Its config and weights; arrays of half precision, which only save room, come back as float32.

    Raises:
        V2MeowError: when it is missing, damaged or of another kind.
        StaleError: when it was made for other rates or codebooks; both values are named.
    """
    config = read_config(folder)
    if kind is not None and config.get("kind") != kind:
        raise V2MeowError(f"{folder} holds a {config.get('kind')!r}, not a {kind!r}.", "Point to the right folder.")
    if clock is not None:
        _check_clock(folder, config.get("clock", {}), clock)
    try:
        data = (folder / WEIGHTS_NAME).read_bytes()
        weights = load(data)
    except (OSError, SafetensorError) as error:
        raise V2MeowError(f"The weights in {folder} cannot be read: {error}.", "Train or copy them again.") from error
    if HASH in config and hashlib.sha256(data).hexdigest() != config[HASH]:
        raise V2MeowError(f"The weights in {folder} are not those that its config names.", "Train or copy them again.")
    _check_values(folder, weights)
    return Checkpoint(config, {name: _single(values) for name, values in weights.items()})


def read_config(folder: Path) -> dict[str, Any]:
    """The config of a checkpoint folder, without its weights.

    Args:
        folder: a folder written by `save_checkpoint`.

    Returns:
        Its JSON values.

    Raises:
        V2MeowError: when there is no readable checkpoint.
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
        told = f"{', '.join(wrong)} of the wrong type" if wrong else "no table of values"
        raise V2MeowError(f"The config in {folder} cannot be used: {told}.", "Train or copy the checkpoint again.")
    return config


def fingerprint_of(folder: Path) -> str:
    """The fingerprint of a checkpoint.

    Args:
        folder: a folder written by `save_checkpoint`.

    Returns:
        What everything made with it is recognised by.

    Raises:
        V2MeowError: when there is no readable checkpoint, or it has none.
    """
    with loading(folder):
        return str(read_config(folder)["fingerprint"])


@contextmanager
def loading(folder: Path) -> Iterator[None]:
    """Turns what goes wrong while something is made of a checkpoint into one error.

    Args:
        folder: the checkpoint.

    Yields:
        Nothing.

    Raises:
        V2MeowError: when config and weights do not fit each other, or lack something.
    """
    try:
        yield
    except LOAD_ERRORS as error:
        told = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise V2MeowError(f"{folder} is not what it should be ({told}).", "Train or copy it again.") from error


def cached_fit(folder: Path, fingerprint: str, fit: Callable[[], None]) -> Path:
    """Makes a checkpoint unless the one there already is the one wanted.

    Args:
        folder: where the checkpoint lies.
        fingerprint: of everything that went into it.
        fit: writes the checkpoint, with this fingerprint in its config, to `folder`.

    Returns:
        The folder.
    """
    if not is_current(folder, fingerprint):
        fit()
    return folder


def is_current(folder: Path, fingerprint: str) -> bool:
    """Whether `folder` holds a complete checkpoint with this `fingerprint`."""
    if not ((folder / CONFIG_NAME).is_file() and (folder / WEIGHTS_NAME).is_file()):
        return False
    try:
        return read_config(folder).get("fingerprint") == fingerprint
    except V2MeowError:
        return False


def keep_previous(folder: Path) -> None:
    """Puts a checkpoint that is about to be replaced beside itself, as `<name>.previous`; one generation is kept.

    Args:
        folder: of the checkpoint; nothing happens where there is none.
    """
    if (folder / CONFIG_NAME).is_file():
        previous = previous_of(folder)
        shutil.rmtree(previous, ignore_errors=True)
        folder.rename(previous)


def previous_of(folder: Path) -> Path:
    """Where `keep_previous` puts a checkpoint."""
    return folder.with_name(f"{folder.name}.previous")


def check_shapes(weights: Mapping[str, np.ndarray], shapes: Mapping[str, tuple[int | None, ...]]) -> None:
    """Checks arrays that no network checks; within `loading`.

    Args:
        weights: of a checkpoint.
        shapes: of each array that there has to be; None is any length.

    Raises:
        ValueError: naming an array that is missing, has another shape, or does not hold floating-point numbers.
    """
    for name, shape in shapes.items():
        found = weights[name]
        fits = len(found.shape) == len(shape) and all(b in (None, a) for a, b in zip(found.shape, shape, strict=True))
        if not fits or found.dtype.kind != "f":
            raise ValueError(f"{name} is {found.dtype} {list(found.shape)}, not {list(shape)}")


def _check_values(folder: Path, weights: Mapping[str, np.ndarray]) -> None:
    """Weights that are not finite would make silence or noise of everything, long after they were read."""
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
