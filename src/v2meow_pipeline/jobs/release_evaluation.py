"""Configuration of an evaluation of the release: replaces the project's models through catalog and parameters.

The evaluation uses a separate data folder, so that the project's clips and scores are not changed, and collects only
clips of the evaluated splits.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from v2meow_pipeline.jobs.release_start import shared_parameters
from v2meow_pipeline.release import Release

RELEASE, JUDGE = "release", "judge"
# Subfolder of the environment's data folder for data and scores of release evaluations.
FOLDER = "release_evaluation"
# The pipelines that the user runs, and their replacements, which also collect, cut and encode the evaluated clips.
PIPELINES = {"evaluate": "evaluate_release", "diagnose": "diagnose_release"}
MODELS, REPORTING = "06_models", "08_reporting"


def is_asked_for(parameters: Mapping[str, Any]) -> bool:
    """Whether the parameters request an evaluation of the release."""
    return bool(parameters["evaluate"]["model"] == RELEASE)


def data_folder(data: str) -> str:
    """Data folder of evaluations of the release.

    Args:
        data: data folder of the environment.

    Returns:
        Subfolder of `data`.
    """
    return f"{data}/{FOLDER}"


def release_catalog(catalog: Mapping[str, Any], data: str, release: Release) -> dict[str, Any]:
    """Catalog in which models are read from the release, and all other data is in a separate folder.

    Args:
        catalog: catalog of the environment.
        data: data folder of the environment.
        release: release to evaluate.

    Returns:
        Catalog in which the manifest may lack training clips.
    """
    prefixes = {f"{data}/{MODELS}": str(release.folder), data: data_folder(data)}
    relocated: dict[str, Any] = _relocate(dict(catalog), prefixes)
    relocated["clip_manifest"]["validator"]["options"]["needs_training"] = False
    return relocated


def release_parameters(parameters: Mapping[str, Any], release: Release) -> dict[str, Any]:
    """Parameters with the release's sampling, clock and visual features.

    Args:
        parameters: parameters of the run.
        release: release to evaluate.

    Returns:
        Parameters restricted to clips of the evaluated splits and of the genre judge's training split, and to the
        embedding spaces that the release contains.
    """
    evaluate, corpus = parameters["evaluate"], parameters["corpus"]
    # The evaluated splits, and the split that the genre judge is trained on.
    splits = [*parameters["evaluation_clips"]["splits"], JUDGE]
    counts = {name: n if name.replace("_", "-") in splits else 0 for name, n in corpus["synthetic"]["clips"].items()}
    return {
        **parameters,
        **shared_parameters(parameters, release),
        "corpus": {**corpus, "synthetic": {**corpus["synthetic"], "clips": counts}},
        "ingest": {**parameters["ingest"], "splits": splits},
        "evaluate": {**evaluate, "spaces": [name for name in evaluate["spaces"] if release.has(name)]},
    }


def _relocate(value: Any, prefixes: Mapping[str, str]) -> Any:
    """Replaces the path prefixes in all strings of a nested value; the first matching prefix is used."""
    if isinstance(value, Mapping):
        return {key: _relocate(inner, prefixes) for key, inner in value.items()}
    if isinstance(value, list):
        return [_relocate(inner, prefixes) for inner in value]
    if isinstance(value, str):
        for old, new in prefixes.items():
            if value == old or value.startswith(f"{old}/"):
                return str(Path(new) / Path(value).relative_to(old))
    return value
