"""Manifest of a release: its files, checkpoints, provenance, and evaluation."""

import json
from pathlib import Path
from typing import Any

from pydantic import Field

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError, V2MeowError

# Names of the distribution (pip) and of the import package.
DISTRIBUTION, PACKAGE = "v2meow-weights", "v2meow_weights"
MANIFEST_NAME = "manifest.json"
# Folder of the packed bundle inside the package.
MODEL_FOLDER = "model"
SCHEMA_VERSION = 1
REINSTALL = "Install v2meow-weights again: `make setup` in a fresh clone, or `git checkout weights` in this one."


class FileEntry(Config):
    """File of a release.

    Attributes:
        bytes: size in bytes.
        sha256: SHA-256 of the content, 64 hex digits.
    """

    bytes: int = Field(ge=0)
    sha256: str


class ReleasedPart(Config):
    """Checkpoint of a release.

    Attributes:
        kind: checkpoint kind, such as "stage".
        made_by: fingerprint of the training's configuration and data.
        parameters: number of parameters.
        licence: licence of the training data.
        trained_on: description of the training data.
        seed: training seed; None if the config has none.
    """

    kind: str
    made_by: str
    parameters: int = Field(ge=0)
    licence: str
    trained_on: str
    seed: int | None = None


class MetricRow(Config):
    """Metric of one system over the evaluated clips.

    Attributes:
        system: name of the system.
        metric: metric key.
        value: metric value; None if it could not be computed.
        low: lower end of the 95 % confidence interval; None if there is no interval.
        high: upper end of the 95 % confidence interval; None if there is no interval.
        n: number of clips that the value is computed from.
    """

    system: str
    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int


class EvaluationRecord(Config):
    """Evaluation of a release.

    Attributes:
        clips: number of evaluated clips.
        by_split: number of clips per split.
        corpora: names of the corpora that the clips belong to.
        seed: seed of the confidence intervals.
        notes: remarks on the metrics.
        metrics: metric values with intervals.
    """

    clips: int
    by_split: dict[str, int]
    corpora: tuple[str, ...]
    seed: int
    notes: tuple[str, ...] = ()
    metrics: tuple[MetricRow, ...] = ()


class ReleaseManifest(Config):
    """Manifest of a release.

    Attributes:
        schema_version: schema version of the file; newer ones are rejected.
        version: version of the package.
        model: fingerprint of the bundle, as reported by `v2meow generate --json`.
        content: fingerprint of the configuration and weights of all parts.
        precision: precision of the stored network weights, such as "float16".
        files: files by path relative to the package folder, with forward slashes.
        parts: checkpoints by name in the bundle.
        encoders: fingerprints of weights and preprocessing of the required frozen encoders, by name.
        commit: Git commit of the code that built the release, 40 hex digits; "unknown" outside a checkout.
        facts: additional statements by name, such as the energy used for training.
        evaluation: evaluation of the release; None before it was evaluated.
    """

    schema_version: int = SCHEMA_VERSION
    version: str
    model: str
    content: str
    precision: str
    files: dict[str, FileEntry]
    parts: dict[str, ReleasedPart]
    encoders: dict[str, str] = Field(default_factory=dict)
    commit: str = "unknown"
    facts: dict[str, str] = Field(default_factory=dict)
    evaluation: EvaluationRecord | None = None

    @property
    def size(self) -> int:
        """Total size of all files, bytes."""
        return sum(entry.bytes for entry in self.files.values())

    def to_json(self) -> str:
        """Serialises the manifest as JSON text."""
        return json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True, allow_nan=False) + "\n"


def read_manifest(path: Path) -> ReleaseManifest:
    """Reads a manifest file.

    Args:
        path: path of the manifest file.

    Returns:
        Validated manifest.

    Raises:
        V2MeowError: when the file cannot be read, is not JSON, has a newer schema, or is incomplete.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise V2MeowError(f"{path} is not readable JSON: {error}.", REINSTALL) from error
    _check_schema(path, values)
    try:
        return ReleaseManifest.parse(values)
    except ConfigError as error:
        raise V2MeowError(f"{path} is not a valid manifest: {error.problem}", REINSTALL) from error


def _check_schema(path: Path, values: Any) -> None:
    found = values.get("schema_version") if isinstance(values, dict) else None
    if not isinstance(found, int):
        raise V2MeowError(f"{path} does not say which schema_version it has.", REINSTALL)
    if found > SCHEMA_VERSION:
        raise V2MeowError(
            f"{path} has schema {found}; this version of v2meow reads up to {SCHEMA_VERSION}.",
            "Update v2meow (git pull, then make setup), or install an older v2meow-weights.",
        )
