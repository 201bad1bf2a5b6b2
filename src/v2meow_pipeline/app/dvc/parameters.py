"""Records the parameters of an environment that affect results in a file that DVC tracks; see docs/decisions/0021."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from v2meow_pipeline.app.environment import load_config
from v2meow_pipeline.atomic import write_text
from v2meow_pipeline.release import open_release

# Keys that set where and how fast work runs, and do not affect results.
IGNORED_KEYS = frozenset({"backend", "download", "ray", "workers"})


def write_parameters(project: Path, env: str, output: Path) -> None:
    """Writes the parameters of an environment that affect results, as Kedro resolves them.

    Args:
        project: root directory of the project.
        env: configuration environment.
        output: YAML file to write, replaced atomically.
    """
    parameters = load_config(project, env, "parameters")
    if not parameters["from_scratch"]:
        # Training that starts from a release depends on the contents of that release.
        parameters = {**parameters, "from_scratch": f"release {open_release().manifest.content}"}
    write_text(output, yaml.safe_dump(result_parameters(parameters), sort_keys=True, allow_unicode=True))


def result_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Filters parameters to those that affect results.

    Args:
        parameters: nested parameters.

    Returns:
        The parameters without the keys of `IGNORED_KEYS`, at any depth.
    """
    return {
        key: result_parameters(value) if isinstance(value, Mapping) else value
        for key, value in parameters.items()
        if key not in IGNORED_KEYS
    }
