"""DVC stages: one per Kedro pipeline, with the dependencies and outputs that the catalog gives."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from kedro.io import DataCatalog
from kedro.pipeline import Pipeline

from v2meow_pipeline.app.dvc.code import code_files
from v2meow_pipeline.app.dvc.parameters import IGNORED_KEYS

PARAMETERS = "params:"
FOLDER = "v2meow_pipeline.datasets.FolderDataset"
# The directory of all models: the checkpoints in it that a pipeline reads are inputs of their own.
MODEL_STORE = "v2meow_pipeline.datasets.ModelStoreDataset"
# Directories that are no dependency: caches, and the directory of all models, of which single ones are dependencies.
NOT_TRACKED = frozenset({"training_cache_folder", "examined_folder", "models_folder"})


class Entry(NamedTuple):
    """A file or directory of the catalog.

    Attributes:
        path: path relative to the project.
        type: class of the dataset.
        dvc: metadata of the entry for DVC: "persist", "metric", {"plot": options}, or None.
        contract: module that checks what is saved; None for none.
        optional: whether it is read only if the parameters select it.
    """

    path: Path
    type: str
    dvc: Any
    contract: str | None
    optional: bool


def stage_of(
    name: str,
    pipeline: Pipeline,
    extra: list[Path],
    used: Collection[str],
    catalog: DataCatalog,
    recorded: Path,
    metrics: bool = True,
) -> dict[str, Any]:
    """Builds the DVC stage of a pipeline.

    Args:
        name: name of the pipeline.
        pipeline: Kedro pipeline.
        extra: dependencies that the catalog does not show, such as videos that nodes read.
        used: names of the optional networks that the parameters select.
        catalog: catalog of the environment.
        recorded: YAML file with the recorded parameters.
        metrics: whether metrics and plots are declared as such; else they are plain outputs.

    Returns:
        Stage for dvc.yaml.
    """
    entries = {dataset: entry for dataset in pipeline.inputs() if (entry := _entry(dataset, catalog))}
    inputs = {name: entry for name, entry in entries.items() if not entry.optional or name.split(".")[0] in used}
    written = [
        entry for dataset in sorted(pipeline.datasets() - pipeline.inputs()) if (entry := _entry(dataset, catalog))
    ]
    folders = [entry for dataset, entry in inputs.items() if entry.type == FOLDER and dataset not in NOT_TRACKED]
    outs = _outs(written, folders)
    read = {entry.path for dataset, entry in inputs.items() if entry.type != FOLDER} | set(extra)
    contracts = [entry.contract for entry in written if entry.contract]
    code = code_files([node.func for node in pipeline.nodes], contracts)
    stage: dict[str, Any] = {"cmd": f"${{run}} {name}"}
    keys = parameter_keys(name, pipeline)
    if keys:
        stage["params"] = [{recorded.as_posix(): keys}]
    stage["deps"] = [path.as_posix() for path in sorted(read - set(outs))] + [path.as_posix() for path in code]
    return stage | _declared(outs, metrics)


def parameter_keys(name: str, pipeline: Pipeline) -> list[str]:
    """Keys of the parameters that affect a pipeline's results.

    Args:
        name: name of the pipeline, which is the namespace of a stage's or a network's parameters.
        pipeline: Kedro pipeline.

    Returns:
        Sorted keys; a key stands for everything below it.
    """
    used = {dataset.removeprefix(PARAMETERS) for dataset in pipeline.inputs() if dataset.startswith(PARAMETERS)}
    keys = {name if key.startswith(f"{name}.") else key for key in used if not IGNORED_KEYS & set(key.split("."))}
    return sorted(key for key in keys if not any(key.startswith(f"{other}.") for other in keys))


def _entry(dataset: str, catalog: DataCatalog) -> Entry | None:
    if dataset.startswith(PARAMETERS):
        return None
    entry = catalog.config_resolver.resolve_pattern(dataset)
    if "filepath" not in entry or entry["type"] == MODEL_STORE:
        return None
    metadata = entry.get("metadata") or {}
    contract = (entry.get("validator") or {}).get("class")
    module = contract.rpartition(".")[0] if contract else None
    return Entry(Path(entry["filepath"]), str(entry["type"]), metadata.get("dvc"), module, entry.get("optional", False))


def _outs(written: list[Entry], folders: list[Entry]) -> dict[Path, Any]:
    """Outputs by path with their DVC metadata; a directory that a node writes to stands for the files in it."""
    outs: dict[Path, Any] = {folder.path: folder.dvc for folder in folders if folder.dvc}
    for entry in written:
        over = [folder for folder in folders if entry.path.is_relative_to(folder.path)]
        path = over[0].path if over else entry.path
        outs[path] = outs.get(path) or entry.dvc or (over[0].dvc if over else None)
    return outs


def _declared(outs: Mapping[Path, Any], metrics: bool) -> dict[str, Any]:
    """Sections `outs`, `metrics` and `plots`."""
    sections: dict[str, list[Any]] = {"outs": [], "metrics": [], "plots": []}
    for path, kind in sorted(outs.items()):
        name = path.as_posix()
        if kind == "persist":
            sections["outs"].append({name: {"persist": True}})
        elif kind == "metric" and metrics:
            sections["metrics"].append(name)
        elif isinstance(kind, Mapping) and metrics:
            sections["plots"].append({name: dict(kind["plot"])} if kind["plot"] else name)
        else:
            sections["outs"].append(name)
    return {section: entries for section, entries in sections.items() if entries}
