"""Code dependencies of a node: the modules that its function imports, directly or through others."""

import inspect
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import grimp

PACKAGE = "v2meow_pipeline"
SOURCE = Path("src")
# Modules that do not affect results: messages, progress, processes, and the location of the release, whose content is
# among the recorded parameters.
IGNORED_MODULES = frozenset(
    {"atomic", "config", "errors", "isolation", "progress", "parallel", "release", "corpus.overview"}
)
# Packages for orchestration do not affect results either, except for these modules.
ORCHESTRATION = frozenset({"jobs", "executors", "tracking", "experiments"})
RELEVANT_JOBS = frozenset({"jobs.stage_inputs", "jobs.stage_job", "jobs.network_job", "jobs.codebooks"})
# Packages whose __init__ has code that affects results.
PACKAGES_WITH_CODE = frozenset({"corpus.sources", "synthetic", "examples.recipes"})

# If a pipeline uses more modules of a package than this, it depends on the directory: a shorter file, for some needless
# reruns. Except for the corpus, whose modules are largely independent.
MOST_FILES = 3
FLAT_PACKAGE = f"{PACKAGE}.corpus"


def code_files(functions: Iterable[Callable[..., Any]], modules: Iterable[str] = ()) -> list[Path]:
    """Files and directories that decide what functions return.

    Args:
        functions: functions of nodes.
        modules: further modules, whose imports count as well.

    Returns:
        Sorted paths; a directory stands for a package of which several modules are used.
    """
    used = {module for function in functions for module in _modules_of(function)}
    used |= {one for module in modules for one in (module, *_graph().find_upstream_modules(module))}
    return sorted(_collapse(PACKAGE, {module for module in used if _affects_results(module)}))


def _affects_results(module: str) -> bool:
    inner = module.removeprefix(f"{PACKAGE}.")
    package = inner.split(".")[0]
    if package in ORCHESTRATION:
        return inner in RELEVANT_JOBS
    if {inner, package} & IGNORED_MODULES:
        return False
    return inner in PACKAGES_WITH_CODE or not _graph().find_children(module)


def _collapse(package: str, used: set[str]) -> set[Path]:
    """Files and directories that cover the used modules of a package."""
    path, children = SOURCE.joinpath(*package.split(".")), _graph().find_children(package)
    if package in used:
        return {path if children else path.with_suffix(".py")}
    relevant = {module for module in _graph().find_descendants(package) if _affects_results(module)}
    if package not in (PACKAGE, FLAT_PACKAGE) and len(relevant & used) > MOST_FILES:
        return {path}
    return set().union(*(_collapse(child, used) for child in children))


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph(PACKAGE, exclude_type_checking_imports=True, cache_dir=None)


@cache
def _modules_of(function: Callable[..., Any]) -> frozenset[str]:
    """Module of a function and the transitive imports of the module's top level and of the function's body."""
    module = function.__module__
    lines, first = inspect.getsourcelines(function)
    own = inspect.getmembers(inspect.getmodule(function), inspect.isfunction)
    top = min(inspect.getsourcelines(one)[1] for _, one in own if one.__module__ == module)
    used = {module}
    for imported in _graph().find_modules_directly_imported_by(module):
        details = _graph().get_import_details(importer=module, imported=imported)
        if any(one["line_number"] < top or first <= one["line_number"] < first + len(lines) for one in details):
            used |= {imported} | _graph().find_upstream_modules(imported)
    return frozenset(used)
