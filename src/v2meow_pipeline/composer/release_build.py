"""Builds a release: packs a bundle in half precision, and writes its manifest and cards."""

import ast
import hashlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from v2meow_pipeline.atomic import atomic_path, write_text
from v2meow_pipeline.checkpoint import load_checkpoint
from v2meow_pipeline.composer.bundle_manifest import BundleManifest, Part, composer_of
from v2meow_pipeline.composer.packing import pack
from v2meow_pipeline.composer.precision import HALF, Precision
from v2meow_pipeline.composer.release_cards import write_cards
from v2meow_pipeline.errors import StaleError, V2MeowError
from v2meow_pipeline.release.installed import Release, verify
from v2meow_pipeline.release.manifest import (
    MANIFEST_NAME,
    MODEL_FOLDER,
    EvaluationRecord,
    FileEntry,
    MetricRow,
    ReleasedPart,
    ReleaseManifest,
    read_manifest,
)

# Limits for a plain git clone, and for one file on common git hosts.
LARGEST_RELEASE, LARGEST_FILE = 60_000_000, 50_000_000
# Written by an evaluation of a release; identifies the release.
EVALUATED_NAME = "evaluated_model.json"
REPORTING, OUTPUTS = "08_reporting", "07_model_output"


class Facts(NamedTuple):
    """Facts about a release that the models do not contain.

    Attributes:
        commit: commit of the code.
        metrics: headline metrics to keep; None keeps all.
        statements: further statements by name, such as the energy used for training.
    """

    commit: str = "unknown"
    metrics: Collection[str] | None = None
    statements: Mapping[str, str] = {}


def build_release(
    models: Path,
    output: Path,
    facts: Facts,
    evaluation: Path | None = None,
    precision: Precision = HALF,
    overwrite: bool = False,
) -> Release:
    """Writes a release: packed models, manifest, and the facts in the cards.

    Args:
        models: folder of trained models; it also contains their sampling configuration.
        output: folder of the package, whose `__init__.py` has the version.
        facts: facts that the models do not contain.
        evaluation: data folder of an evaluation of this release, such as data/release_evaluation; None writes no
            metrics.
        precision: precision of the stored weight matrices.
        overwrite: whether to replace a release of the same version, as long as it is not published.

    Returns:
        The release, after verification of its files.

    Raises:
        V2MeowError: when the version exists with other weights, the release is too large, or models are missing;
            StaleError when the evaluation is of other models, or the models do not belong together.
    """
    version, target = _version(output), output / MODEL_FOLDER
    with atomic_path(target) as packed:
        bundle_manifest = pack(models, composer_of(models), packed, precision)
        _check_version(output, version, bundle_manifest, overwrite)
        record = None if evaluation is None else read_evaluation(evaluation, bundle_manifest.content, facts.metrics)
        files = _entries(packed)
        _check_size(files)
    manifest = ReleaseManifest(
        version=version,
        model=bundle_manifest.model,
        content=bundle_manifest.content,
        precision=precision,
        files=files,
        parts={name: _part(target / name, part) for name, part in bundle_manifest.parts.items()},
        encoders=bundle_manifest.encoders,
        commit=facts.commit,
        facts=dict(facts.statements),
        evaluation=record,
    )
    write_text(output / MANIFEST_NAME, manifest.to_json())
    write_cards(output, manifest, bundle_manifest)
    return verify(output)


def write_evaluated(reporting: Path, release: Release) -> None:
    """Records beside the metrics which release was evaluated.

    Args:
        reporting: folder of the metrics.
        release: evaluated release.
    """
    identity = {
        "version": release.manifest.version,
        "model": release.manifest.model,
        "content": release.manifest.content,
    }
    write_text(reporting / EVALUATED_NAME, json.dumps(identity, indent=1) + "\n")


def read_evaluation(data: Path, content: str, metrics: Collection[str] | None) -> EvaluationRecord:
    """Reads the metrics of an evaluation, after checking that it evaluated these models.

    Args:
        data: data folder of the evaluation, such as data/release_evaluation.
        content: fingerprint of the bundle.
        metrics: metrics to keep; None keeps all.

    Returns:
        Record of the evaluation.

    Raises:
        StaleError: when other models were evaluated.
        V2MeowError: when there is no evaluation of a release.
    """
    evaluated = _json(data / REPORTING / EVALUATED_NAME)
    if evaluated.get("content") != content:
        remedy = "Evaluate this one: `kedro run --pipeline evaluate --params evaluate.model=release`, then build again."
        raise StaleError(f"The evaluation in {data} is of other models than these.", remedy)
    result = _json(data / REPORTING / "metrics.json")
    clips = pd.read_parquet(data / OUTPUTS / "evaluation_clips.parquet")
    rows = [row for row in result["summary"] if metrics is None or row["metric"] in metrics]
    return EvaluationRecord(
        clips=result["n_clips"],
        by_split={str(split): int(count) for split, count in clips["split"].value_counts(sort=False).items()},
        corpora=tuple(sorted(clips["corpus"].unique())),
        seed=result["seed"],
        notes=tuple(result["notes"]),
        metrics=tuple(MetricRow.parse(row) for row in rows),
    )


def _version(output: Path) -> str:
    """Reads `__version__` of the package without importing it."""
    path = output / "__init__.py"
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError) as error:
        raise V2MeowError(f"{path} cannot be read: {error}.", "Give the package's folder: weights/src/...") from error
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(getattr(name, "id", "") == "__version__" for name in node.targets):
            return str(ast.literal_eval(node.value))
    raise V2MeowError(f"{path} has no __version__.", "Write one.")


def _check_version(output: Path, version: str, bundle_manifest: BundleManifest, overwrite: bool) -> None:
    path = output / MANIFEST_NAME
    if overwrite or not path.is_file():
        return
    known = read_manifest(path)
    if known.version == version and known.content != bundle_manifest.content:
        raise V2MeowError(
            f"Version {version} in {output} holds other models.",
            "Raise __version__ in its __init__.py; or add --overwrite while the version is not published.",
        )


def _entries(packed: Path) -> dict[str, FileEntry]:
    files = sorted(path for path in packed.rglob("*") if path.is_file())
    return {f"{MODEL_FOLDER}/{path.relative_to(packed).as_posix()}": _entry(path) for path in files}


def _entry(path: Path) -> FileEntry:
    with path.open("rb") as file:
        return FileEntry(bytes=path.stat().st_size, sha256=hashlib.file_digest(file, "sha256").hexdigest())


def _check_size(files: Mapping[str, FileEntry]) -> None:
    total, largest = sum(entry.bytes for entry in files.values()), max(files, key=lambda name: files[name].bytes)
    if total > LARGEST_RELEASE or files[largest].bytes > LARGEST_FILE:
        raise V2MeowError(
            f"The release has {total / 1e6:.1f} MB, its largest file ({largest}) {files[largest].bytes / 1e6:.1f} MB;"
            f" {LARGEST_RELEASE / 1e6:.0f} and {LARGEST_FILE / 1e6:.0f} are allowed.",
            "Train smaller models, or pack in half precision.",
        )


def _part(folder: Path, part: Part) -> ReleasedPart:
    config, weights = load_checkpoint(folder)
    return ReleasedPart(
        kind=part.kind,
        made_by=part.made_by,
        parameters=sum(values.size for values in weights.values()),
        licence=part.licence,
        trained_on=part.trained_on,
        seed=_seed(config),
    )


def _seed(config: Mapping[str, Any]) -> int | None:
    """Seed of the training or fit; None if the config has none."""
    found = [config[key].get("seed") for key in ("fit", "tokenizer", "config") if isinstance(config.get(key), dict)]
    return next((int(seed) for seed in found if seed is not None), None)


def _json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        remedy = "Run `kedro run --pipeline evaluate --params evaluate.model=release`, and give its data folder."
        raise V2MeowError(f"There is no evaluation of a release: {path} cannot be read.", remedy) from error
    return found
