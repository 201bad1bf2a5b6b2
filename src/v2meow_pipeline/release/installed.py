"""Finds the installed release without importing it, and checks every file before any is used."""

import hashlib
import shutil
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.checkpoint import CONFIG_NAME, cached_fit
from v2meow_pipeline.errors import MissingModelError, V2MeowError
from v2meow_pipeline.release.manifest import (
    DISTRIBUTION,
    MANIFEST_NAME,
    MODEL_FOLDER,
    PACKAGE,
    REINSTALL,
    ReleaseManifest,
    read_manifest,
)

STAGE_KIND = "stage"


class Release(NamedTuple):
    """A release whose files are those of its manifest: the `folder` of its models, and the `manifest`."""

    folder: Path
    manifest: ReleaseManifest

    @property
    def name(self) -> str:
        """What people call it."""
        return f"release {self.manifest.version} ({DISTRIBUTION})"

    def has(self, part: str) -> bool:
        """Whether a checkpoint, such as "coarse/checkpoint", belongs to it."""
        return part in self.manifest.parts

    def part(self, name: str) -> Path:
        """The folder of a checkpoint.

        Args:
            name: its folder in the bundle, such as "acoustic_tokenizer" or "coarse/checkpoint".

        Returns:
            The folder.

        Raises:
            MissingModelError: when the release has none of that name.
        """
        if not self.has(name):
            raise MissingModelError(
                f"The {self.name} has no {name}; it has {', '.join(sorted(self.manifest.parts))}.",
                "Train it from scratch: `--params from_scratch=true`.",
            )
        return self.folder / name


def find_release() -> Path | None:
    """The folder of the installed package.

    Returns:
        The folder that holds the manifest; None where the package is not installed, or has no models yet.
    """
    spec = find_spec(PACKAGE)
    places = (spec.submodule_search_locations or []) if spec else []
    return next((Path(place) for place in places if (Path(place) / MANIFEST_NAME).is_file()), None)


def open_release() -> Release:
    """The installed release, once every file is the one that its manifest names.

    Files are hashed once a process; forty megabytes take a fifth of a second.

    Returns:
        The release.

    Raises:
        MissingModelError: when none is installed.
        V2MeowError: when a file is missing, changed or foreign, or the manifest cannot be read.
    """
    folder = find_release()
    if folder is None:
        raise MissingModelError(
            f"No release is installed (package {DISTRIBUTION}).",
            "Run `make setup` in a clone that has weights/, or train: `.venv/bin/kedro run --pipeline train`.",
        )
    stat = (folder / MANIFEST_NAME).stat()
    return _verified(folder, stat.st_mtime_ns, stat.st_size)


def verify(folder: Path) -> Release:
    """Checks a release, wherever it lies.

    Args:
        folder: that holds the manifest.

    Returns:
        The release.

    Raises:
        V2MeowError: naming the first file that is missing, changed or foreign; or when the manifest cannot be read.
    """
    manifest, models = read_manifest(folder / MANIFEST_NAME), folder / MODEL_FOLDER
    present = {
        path.relative_to(folder).as_posix() for path in models.rglob("*") if path.is_symlink() or not path.is_dir()
    }
    if missing := sorted(manifest.files.keys() - present):
        raise V2MeowError(f"The release in {folder} lacks {missing[0]}.", REINSTALL)
    if foreign := sorted(present - manifest.files.keys()):
        raise V2MeowError(f"{folder / foreign[0]} is not part of the release.", "Delete it, if it is not yours.")
    for name, entry in manifest.files.items():
        _check(folder / name, entry.bytes, entry.sha256)
    return Release(models, manifest)


def place_part(name: str, folder: Path) -> Path:
    """Copies a checkpoint of the release to where training would have put one of its own.

    Args:
        name: its folder in the bundle.
        folder: of the copy; a checkpoint with the same fingerprint is kept as it is.

    Returns:
        The same folder.

    Raises:
        MissingModelError: when no release is installed, or it has no such checkpoint.
    """
    release = open_release()
    source = release.part(name)
    return cached_fit(folder, release.manifest.parts[name].made_by, lambda: _copy(source, folder))


def place_tokenizer(folder: Path) -> Path:
    """Copies a tokenizer or a joint space of the release to its place, and beside it what else decodes or encodes.

    Args:
        folder: of the copy, whose name is that of the checkpoint.

    Returns:
        The same folder.

    Raises:
        MissingModelError: when no release is installed, or it has no such checkpoint.
    """
    place_beside(folder.parent)
    return place_part(folder.name, folder)


def place_beside(models: Path) -> None:
    """Copies the networks of the release that are not stages, such as a vocoder; what is there already stays.

    Args:
        models: folder of the project's checkpoints.
    """
    release = open_release()
    for name, part in release.manifest.parts.items():
        is_network = "/" in name and part.kind != STAGE_KIND
        if is_network and not (models / name / CONFIG_NAME).is_file():
            _copy(release.part(name), models / name)


@cache
def _verified(folder: Path, _mtime_ns: int, _size: int) -> Release:
    return verify(folder)


def _check(path: Path, size: int, sha256: str) -> None:
    found = path.stat().st_size
    if found != size:
        raise V2MeowError(f"{path} has {found} bytes, the release's manifest says {size}.", REINSTALL)
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            raise V2MeowError(f"{path} is not the file that the release's manifest names (SHA-256).", REINSTALL)


def _copy(source: Path, folder: Path) -> None:
    with atomic_path(folder) as temporary:
        shutil.copytree(source, temporary)
