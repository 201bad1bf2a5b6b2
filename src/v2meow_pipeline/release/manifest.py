"""The manifest of a release: which files it consists of, what they are, and how they were evaluated."""

import json
from pathlib import Path
from typing import Any

from pydantic import Field

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError, V2MeowError

# What pip calls it, and what Python does.
DISTRIBUTION, PACKAGE = "v2meow-weights", "v2meow_weights"
MANIFEST_NAME = "manifest.json"
# Folder of the packed bundle inside the package.
MODEL_FOLDER = "model"
SCHEMA_VERSION = 1
REINSTALL = "Install v2meow-weights again: `make setup` in a fresh clone, or `git checkout weights` in this one."


class FileEntry(Config):
    """A file of the release.

    Attributes:
        bytes: its size.
        sha256: of its content, 64 hex digits.
    """

    bytes: int = Field(ge=0)
    sha256: str


class ReleasedPart(Config):
    """A checkpoint of the release.

    Attributes:
        kind: what it is, such as "stage".
        made_by: fingerprint of everything that decided what it became.
        parameters: numbers that it consists of.
        licence: of what it was trained on, in words.
        trained_on: that, in words.
        seed: of its training; None where its config names none.
    """

    kind: str
    made_by: str
    parameters: int = Field(ge=0)
    licence: str
    trained_on: str
    seed: int | None = None


class MetricRow(Config):
    """A metric of a system over the evaluated clips.

    Attributes:
        system: its name.
        metric: its key.
        value: None where it could not be computed.
        low: lower end of the 95 % interval; None where there is none.
        high: upper end.
        n: clips that the value rests on.
    """

    system: str
    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int


class EvaluationRecord(Config):
    """How the release was evaluated.

    Attributes:
        clips: how many.
        by_split: clips of each split.
        corpora: that they come from.
        seed: of the intervals.
        notes: what is to be known about the numbers.
        metrics: the numbers.
    """

    clips: int
    by_split: dict[str, int]
    corpora: tuple[str, ...]
    seed: int
    notes: tuple[str, ...] = ()
    metrics: tuple[MetricRow, ...] = ()


class ReleaseManifest(Config):
    """What a release is.

    Attributes:
        schema_version: of this file; a reader refuses newer ones.
        version: of the package.
        model: fingerprint of the bundle, the one that `v2meow generate --json` reports.
        content: fingerprint of every part's configuration and weights.
        precision: of the networks' weights in the files, such as "float16".
        files: by path below the package's folder, with forward slashes.
        parts: checkpoints by their folder in the bundle.
        encoders: frozen encoders that it needs, by name: fingerprint of weights and preprocessing.
        commit: of the code that packed it, 40 hex digits; "unknown" outside a checkout.
        facts: further statements by name, such as the energy that training took.
        evaluation: None until it was evaluated.
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
        """Bytes of all files."""
        return sum(entry.bytes for entry in self.files.values())

    def to_json(self) -> str:
        """What the file holds."""
        return json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True, allow_nan=False) + "\n"


def read_manifest(path: Path) -> ReleaseManifest:
    """The manifest in a file.

    Args:
        path: of the file.

    Returns:
        The manifest.

    Raises:
        V2MeowError: when it cannot be read, is not JSON, has a newer schema, or lacks something.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise V2MeowError(f"{path} is not readable JSON: {error}.", REINSTALL) from error
    _check_schema(path, values)
    try:
        return ReleaseManifest.parse(values)
    except ConfigError as error:
        raise V2MeowError(f"{path} is not a manifest: {error.problem}", REINSTALL) from error


def _check_schema(path: Path, values: Any) -> None:
    found = values.get("schema_version") if isinstance(values, dict) else None
    if not isinstance(found, int):
        raise V2MeowError(f"{path} does not say which schema it has.", REINSTALL)
    if found > SCHEMA_VERSION:
        raise V2MeowError(
            f"{path} has schema {found}; this version of v2meow reads up to {SCHEMA_VERSION}.",
            "Update v2meow (git pull, then make setup), or install an older v2meow-weights.",
        )
