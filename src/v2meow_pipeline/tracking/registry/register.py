"""Registration of bundles as versions of a registered model.

A version contains the packed bundle (safetensors and JSON) and the name of its loader, a module of this package; it
contains no code and no pickle.
"""

import io
import logging
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import TYPE_CHECKING

from v2meow_pipeline.composer import BundleManifest, ComposerConfig, describe_bundle, pack
from v2meow_pipeline.tracking.registry.fetch import BUNDLE
from v2meow_pipeline.tracking.registry.versions import (
    CANDIDATE,
    CONTENT,
    FINGERPRINT,
    SCHEME,
    Version,
    client,
    find,
    versions,
)

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

LOADER = "v2meow_pipeline.tracking.serving"
SCORE = "score."


def register(models: Path, composer: ComposerConfig, name: str, tags: Mapping[str, str]) -> Version:
    """Registers the models of a folder as candidate; reuses an existing version with the same content.

    Args:
        models: folder of trained models, as written by `kedro run --pipeline train`.
        composer: sampling configuration.
        name: registered model name.
        tags: tags of the version, such as commit and scores.

    Returns:
        Version with its aliases.

    Raises:
        V2MeowError: when a checkpoint is missing; StaleError when the checkpoints do not match each other.
    """
    content = describe_bundle(models, composer).content
    known = [version for version in versions(name) if version.tags.get(CONTENT) == content]
    number = known[0].version if known else _log(models, composer, name, tags)
    client().set_registered_model_alias(name, CANDIDATE, str(number))
    return find(f"{SCHEME}{name}/{number}")


def tag_scores(name: str, fingerprint: str, scores: Mapping[str, float]) -> None:
    """Tags every version of the evaluated models with evaluation scores; NaN is omitted.

    Args:
        name: registered model name.
        fingerprint: fingerprint of the evaluated bundle.
        scores: scores by metric.
    """
    for version in versions(name):
        if version.tags.get(FINGERPRINT) == fingerprint:
            for key, value in score_tags(scores).items():
                client().set_model_version_tag(name, str(version.version), key, value)


def score_tags(scores: Mapping[str, float]) -> dict[str, str]:
    """Formats scores as tags `score.<metric>`; NaN is omitted."""
    return {f"{SCORE}{key}": f"{value:.6g}" for key, value in scores.items() if value == value}


def _log(models: Path, composer: ComposerConfig, name: str, tags: Mapping[str, str]) -> int:
    """Logs the bundle as a model of the active run, registers it, and returns the version number."""
    import mlflow

    with tempfile.TemporaryDirectory(prefix="v2meow-") as scratch, _silent_mlflow():
        packed = Path(scratch) / BUNDLE
        bundle_manifest = pack(models, composer, packed)
        version_tags = {**tags, FINGERPRINT: bundle_manifest.model, CONTENT: bundle_manifest.content}
        info = mlflow.pyfunc.log_model(
            name=name,
            loader_module=LOADER,
            data_path=str(packed),
            signature=_signature(),
            pip_requirements=["v2meow-pipeline"],
            metadata={"licences": bundle_manifest.licences, "fingerprint": bundle_manifest.model},
            registered_model_name=name,
            await_registration_for=0,
            tags=version_tags,
        )
    number = int(info.registered_model_version)
    client().update_model_version(name, str(number), _description(bundle_manifest, version_tags))
    return number


def _signature() -> "ModelSignature":
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    inputs = Schema([ColSpec("string", "video"), ColSpec("string", "prompt", False), ColSpec("long", "seed", False)])
    outputs = {"output": "string", "seed": "long", "model": "string"}
    measured = dict.fromkeys(("duration_s", "loudness_lufs", "seconds"), "double")
    return ModelSignature(inputs, Schema([ColSpec(kind, name) for name, kind in {**outputs, **measured}.items()]))


def _description(bundle_manifest: BundleManifest, tags: Mapping[str, str]) -> str:
    """Description of a version for the UI, as Markdown."""
    rows = [
        f"| {name} | {part.kind} | {part.trained_on} | {part.licence} |" for name, part in bundle_manifest.parts.items()
    ]
    scores = [f"| {key.removeprefix(SCORE)} | {value} |" for key, value in tags.items() if key.startswith(SCORE)]
    encoders = ", ".join(sorted(bundle_manifest.encoders)) or "none"
    table = ["| part | kind | trained on | licence |", "|---|---|---|---|", *rows]
    scored = ["", "| figure | value |", "|---|---|", *scores] if scores else []
    return "\n".join([f"Frozen encoders, by reference: {encoders}.", "", *table, *scored])


@contextmanager
def _silent_mlflow() -> Iterator[None]:
    """Context manager that silences MLflow's log, warnings and standard error; failures are exceptions anyway."""
    logger = logging.getLogger("mlflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(action="ignore"), redirect_stderr(io.StringIO()):
            yield
    finally:
        logger.setLevel(level)
