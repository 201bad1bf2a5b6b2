"""dvc.yaml in step with the pipelines, the catalog, the parameters and the code."""

import inspect
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import grimp
import pytest
from dvc.repo import Repo
from kedro.config import OmegaConfigLoader
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from tests.project import ROOT

from v2meow_pipeline.app.dvc_parameters import deciding
from v2meow_pipeline.app.environment import load_config
from v2meow_pipeline.pipeline_registry import register_pipelines
from v2meow_pipeline.settings import CONFIG_LOADER_ARGS

PACKAGE = "v2meow_pipeline"
# Pipelines that are not a stage, and why: sums of stages; a search and a round of retraining, which choose
# parameters and models for later runs; the ablation, whose trainings resume by themselves; the diagnosis, which is
# asked of any models; and the evaluation of a release, in whose place `dvc repro` evaluates what it trained.
SUMS = {"tokenize", "stages", "networks", "train", "evaluate", "__default__"}
NOT_REPRODUCED = {"tune", "retrain", "ablation", "diagnose", "evaluate_release"}
# Folders that are read or filled and no dependency: a cache, a memory of unchanged files, and the folder of all models,
# of which `parts` in params.yaml names what is used.
NOT_TRACKED = {"training_cache_folder", "examined_folder", "models_folder"}
# Code that does not decide what comes out: messages, progress, in which process, tracking, and where the release lies
# (which one it is stands in the parameters, see app/dvc_parameters.py).
NOT_DECIDING = {"atomic", "config", "errors", "isolation", "progress", "parallel", "release", "corpus.overview"}
PACKAGES_WITH_CODE = {"corpus.sources", "corpus.sources.synthetic", "corpus.recipes"}
DECIDING_JOBS = {"jobs.stage_job", "jobs.network_job", "jobs.codebooks"}
ORCHESTRATION = ("jobs", "executors", "tracking", "experiments")


class Stage(NamedTuple):
    """A stage of dvc.yaml, with paths relative to the project."""

    pipeline: str
    outs: set[Path]
    deps: set[Path]
    keys: set[str]


def _load() -> dict[str, Stage]:
    found = {}
    with Repo(str(ROOT)) as repo:
        for stage in repo.index.stages:
            pipeline = re.search(r"--pipelines (\S+)", stage.cmd)
            if pipeline is None:
                continue
            keys = {key for dep in stage.deps for key in getattr(dep, "params", [])}
            outs, deps = ({Path(one.fs_path).relative_to(ROOT) for one in some} for some in (stage.outs, stage.deps))
            found[stage.name] = Stage(pipeline[1], outs, deps, keys)
    return found


STAGES = _load()
# Those of other paths than the default's ("train:without_fine") take its place where the parameters say so.
PIPELINES = {name: pipeline for name, pipeline in register_pipelines().items() if ":" not in name}
CATALOG = DataCatalog.from_config(
    OmegaConfigLoader(str(ROOT / "conf"), **{**CONFIG_LOADER_ARGS, "env": "base"})["catalog"]
)
GRAPH = grimp.build_graph(PACKAGE, exclude_type_checking_imports=True)
each_stage = pytest.mark.parametrize("name", STAGES)


def _place(dataset: str) -> Path | None:
    """Where a dataset lies; None for one in memory."""
    entry = CATALOG.config_resolver.resolve_pattern(dataset)
    return Path(entry["filepath"]) if "filepath" in entry else None


def _under(path: Path, places: Iterable[Path]) -> bool:
    return any(path.is_relative_to(place) for place in places)


def _written(pipeline: Pipeline) -> dict[str, Path]:
    names = pipeline.datasets() - pipeline.inputs()
    return {name: place for name in names if (place := _place(name))}


def _value(parameters: dict[str, Any], key: str) -> Any:
    for part in key.split("."):
        parameters = parameters[part]
    return parameters


def _code_of(function: Callable[..., Any]) -> set[str]:
    """The module of a node's function, and all that it imports at its top or in that function, and what they import."""
    lines, first = inspect.getsourcelines(function)
    top = min(
        inspect.getsourcelines(one)[1] for _, one in inspect.getmembers(inspect.getmodule(function), _is_own(function))
    )
    module, used = function.__module__, {function.__module__}
    for imported in GRAPH.find_modules_directly_imported_by(module):
        where = [detail["line_number"] for detail in GRAPH.get_import_details(importer=module, imported=imported)]
        if any(line < top or first <= line < first + len(lines) for line in where):
            used |= {imported} | GRAPH.find_upstream_modules(imported)
    return used


def _is_own(function: Callable[..., Any]) -> Callable[[object], bool]:
    return lambda one: inspect.isfunction(one) and one.__module__ == function.__module__


def _decides(module: str) -> bool:
    inner = module.removeprefix(f"{PACKAGE}.")
    if inner.split(".")[0] in ORCHESTRATION:
        return inner in DECIDING_JOBS
    # What a package's __init__ holds is a table of its modules, or nothing.
    if {inner, inner.split(".")[0]} & NOT_DECIDING:
        return False
    return inner in PACKAGES_WITH_CODE or not GRAPH.find_children(module)


def _file(module: str) -> Path:
    path = Path("src", *module.split("."))
    return path if (ROOT / path).is_dir() else path.with_suffix(".py")


def _covers(key: str, used: str) -> bool:
    return used == key or used.startswith(f"{key}.")


def test_every_pipeline_is_one_stage() -> None:
    """Catches a new pipeline that `dvc repro` does not know of, and a stage of one that is gone."""
    run = [stage.pipeline for stage in STAGES.values()]
    assert len(run) == len(set(run))
    assert set(run) | SUMS | (NOT_REPRODUCED & set(PIPELINES)) == set(PIPELINES)
    every = sum((PIPELINES[name] for name in run), Pipeline([]))
    for name in SUMS:
        assert set(PIPELINES[name].nodes) <= set(every.nodes)


@each_stage
def test_what_a_pipeline_writes_is_an_out(name: str) -> None:
    """Catches a result that DVC neither keeps nor pushes, one that two stages own, and an out that nothing writes."""
    stage = STAGES[name]
    written = _written(PIPELINES[stage.pipeline])
    for dataset, place in written.items():
        owners = [other for other, one in STAGES.items() if _under(place, one.outs)]
        assert owners == [name], f"{dataset} ({place})"
    workspaces = {place for dataset in PIPELINES[stage.pipeline].inputs() if (place := _place(dataset))}
    for out in stage.outs:
        assert any(place.is_relative_to(out) for place in (*written.values(), *workspaces)), out


@each_stage
def test_what_a_pipeline_reads_is_a_dependency(name: str) -> None:
    """Catches a stage that DVC takes for current although its input changed."""
    stage = STAGES[name]
    read = PIPELINES[stage.pipeline].inputs() - NOT_TRACKED
    for dataset in read:
        place = None if dataset.startswith("params:") else _place(dataset)
        assert place is None or _under(place, stage.deps | stage.outs), f"{dataset} ({place})"


@each_stage
def test_the_parameters_that_decide_are_listed_by_key(name: str) -> None:
    """Catches a parameter whose change reruns nothing, and one whose change reruns what does not use it."""
    stage, parameters = STAGES[name], load_config(ROOT, "base", "parameters")
    used = {dataset.removeprefix("params:") for dataset in PIPELINES[stage.pipeline].inputs() if "params:" in dataset}
    for key in used:
        kept = deciding({key.split(".")[-1]: _value(parameters, key)})
        decides = any(value != {} for value in kept.values())
        assert not decides or any(_covers(listed, key) for listed in stage.keys), key
    for listed in stage.keys:
        assert any(_covers(listed, key) or _covers(key, listed) for key in used), listed


@each_stage
def test_the_code_that_decides_is_a_dependency(name: str) -> None:
    """Catches a change of code after which `dvc repro` says that all is current."""
    deps = STAGES[name].deps
    used = set().union(*(_code_of(node.func) for node in PIPELINES[STAGES[name].pipeline].nodes))
    missing = {module for module in used if _decides(module) and not _under(_file(module), deps)}
    assert not missing


def test_every_code_dependency_exists() -> None:
    """Catches a dependency on a module that was renamed: `dvc repro` would stop there."""
    for stage in STAGES.values():
        for place in stage.deps:
            assert place.parts[0] != "src" or (ROOT / place).exists(), place
