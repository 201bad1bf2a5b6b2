"""An evaluation of the release: its models take the place of the project's, by configuration and not by nodes.

It has a data folder of its own, so that neither the project's clips nor its scores are touched, and only clips of the
evaluated splits are collected.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from v2meow_pipeline.jobs.release_start import shared_parameters
from v2meow_pipeline.release import Release

RELEASE, JUDGE = "release", "judge"
# Of the data and scores of such evaluations, in the environment's data folder.
FOLDER = "release_evaluation"
# The pipeline that people run, and what is run in its place: it also collects, cuts and encodes the evaluated clips.
EVALUATE, EVALUATE_RELEASE = "evaluate", "evaluate_release"
MODELS, REPORTING = "06_models", "08_reporting"


def is_asked_for(parameters: Mapping[str, Any]) -> bool:
    """Whether parameters ask for an evaluation of the release."""
    return bool(parameters["evaluate"]["model"] == RELEASE)


def data_folder(data: str) -> str:
    """The data folder of such evaluations.

    Args:
        data: the environment's data folder.

    Returns:
        A folder in it.
    """
    return f"{data}/{FOLDER}"


def release_catalog(catalog: Mapping[str, Any], data: str, release: Release) -> dict[str, Any]:
    """The catalog with the release's models, and everything else in a data folder of its own.

    Args:
        catalog: of the environment.
        data: its data folder.
        release: to evaluate.

    Returns:
        A catalog whose manifest need not hold training clips.
    """
    places = {f"{data}/{MODELS}": str(release.folder), data: data_folder(data)}
    moved: dict[str, Any] = _moved(dict(catalog), places)
    moved["clip_manifest"]["validator"]["options"]["needs_training"] = False
    return moved


def release_parameters(parameters: Mapping[str, Any], release: Release) -> dict[str, Any]:
    """The parameters with what the release decides: sampling, clock and visual features.

    Args:
        parameters: of the run.
        release: to evaluate.

    Returns:
        Parameters by which only clips of the evaluated splits and the judge's are collected, and only spaces of the
        release judge.
    """
    evaluate, corpus = parameters["evaluate"], parameters["corpus"]
    # Beside what is evaluated, the clips that the judge of genres is trained on.
    splits = [*parameters["evaluation_clips"]["splits"], JUDGE]
    counts = {name: n if name.replace("_", "-") in splits else 0 for name, n in corpus["synthetic"]["clips"].items()}
    return {
        **parameters,
        **shared_parameters(parameters, release),
        "corpus": {**corpus, "synthetic": {**corpus["synthetic"], "clips": counts}},
        "ingest": {**parameters["ingest"], "splits": splits},
        "evaluate": {**evaluate, "spaces": [name for name in evaluate["spaces"] if release.has(name)]},
    }


def _moved(value: Any, places: Mapping[str, str]) -> Any:
    """The same with every path below one of `places` below its new one; the first that fits counts."""
    if isinstance(value, Mapping):
        return {key: _moved(inner, places) for key, inner in value.items()}
    if isinstance(value, list):
        return [_moved(inner, places) for inner in value]
    if isinstance(value, str):
        for old, new in places.items():
            if value == old or value.startswith(f"{old}/"):
                return str(Path(new) / Path(value).relative_to(old))
    return value
