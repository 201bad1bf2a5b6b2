"""Finds the installed release without importing its package, and verifies all files before use."""

import hashlib
import shutil
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.checkpoint import CONFIG_NAME, cached_fit
from v2meow_pipeline.errors import MissingModelError, V2MeowError
from v2meow_pipeline.model_store import AUDIO_PROMPTS, PREDICTOR, ModelStore
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
    """Verified release: `folder` of its models, and its `manifest`."""

    folder: Path
    manifest: ReleaseManifest

    @property
    def name(self) -> str:
        """Display name with version."""
        return f"release {self.manifest.version} ({DISTRIBUTION})"

    def has(self, part: str) -> bool:
        """Whether the release contains a checkpoint, such as "coarse/checkpoint"."""
        return part in self.manifest.parts

    def part(self, name: str) -> Path:
        """Folder of a checkpoint.

        Args:
            name: name of the checkpoint in the bundle, such as "acoustic_tokenizer" or "coarse/checkpoint".

        Returns:
            Checkpoint folder.

        Raises:
            MissingModelError: when the release does not contain the checkpoint.
        """
        if not self.has(name):
            raise MissingModelError(
                f"The {self.name} has no {name}; it has {', '.join(sorted(self.manifest.parts))}.",
                "Train it from scratch: `--params from_scratch=true`.",
            )
        return self.folder / name


def find_release() -> Path | None:
    """Finds the folder of the installed package.

    Returns:
        Folder that contains the manifest; None if the package is not installed or contains no models.
    """
    spec = find_spec(PACKAGE)
    folders = (spec.submodule_search_locations or []) if spec else []
    return next((Path(folder) for folder in folders if (Path(folder) / MANIFEST_NAME).is_file()), None)


def open_release() -> Release:
    """Opens the installed release, and verifies all files against its manifest.

    Files are hashed once per process; 40 MB take about 0.2 s.

    Returns:
        Verified release.

    Raises:
        MissingModelError: when no release is installed.
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
    """Verifies a release in any folder against its manifest.

    Args:
        folder: folder that contains the manifest.

    Returns:
        Verified release.

    Raises:
        V2MeowError: when a file is missing, changed or foreign, or the manifest cannot be read.
    """
    manifest, models = read_manifest(folder / MANIFEST_NAME), folder / MODEL_FOLDER
    present = {
        path.relative_to(folder).as_posix() for path in models.rglob("*") if path.is_symlink() or not path.is_dir()
    }
    if missing := sorted(manifest.files.keys() - present):
        raise V2MeowError(f"The release in {folder} lacks {missing[0]}.", REINSTALL)
    if foreign := sorted(present - manifest.files.keys()):
        raise V2MeowError(f"{folder / foreign[0]} is not part of the release.", "Delete it, or move it elsewhere.")
    for name, entry in manifest.files.items():
        _check(folder / name, entry.bytes, entry.sha256)
    return Release(models, manifest)


def place_part(name: str, folder: Path) -> Path:
    """Copies a checkpoint of the release into the project, in place of training it.

    Args:
        name: name of the checkpoint in the bundle.
        folder: target folder; a checkpoint with the same fingerprint is kept.

    Returns:
        `folder`.

    Raises:
        MissingModelError: when no release is installed, or it does not contain the checkpoint.
    """
    release = open_release()
    source = release.part(name)
    return cached_fit(folder, release.manifest.parts[name].made_by, lambda: _copy(source, folder))


def place_tokenizer(folder: Path) -> Path:
    """Copies a tokenizer or music-text embedding of the release, and what generation needs beside it (`place_beside`).

    Args:
        folder: target folder, named as the checkpoint.

    Returns:
        `folder`.

    Raises:
        MissingModelError: when no release is installed, or it does not contain the checkpoint.
    """
    place_beside(ModelStore.containing(folder).root)
    return place_part(folder.name, folder)


def place_beside(models: Path) -> None:
    """Copies vocoder, music-text predictor and audio prompts of the release, if it has them; existing ones are kept.

    Args:
        models: models folder of the project.
    """
    release = open_release()
    for name, part in release.manifest.parts.items():
        is_network = "/" in name and part.kind != STAGE_KIND
        if (is_network or name in (PREDICTOR, AUDIO_PROMPTS)) and not (models / name / CONFIG_NAME).is_file():
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
            raise V2MeowError(f"{path} does not have the SHA-256 in the release's manifest.", REINSTALL)


def _copy(source: Path, folder: Path) -> None:
    with atomic_path(folder) as temporary:
        shutil.copytree(source, temporary)
