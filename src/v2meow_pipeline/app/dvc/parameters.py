"""Records the parameters of an environment that affect results in a file that DVC tracks; see docs/decisions/0021."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from v2meow_pipeline.app.environment import load_config
from v2meow_pipeline.atomic import write_text
from v2meow_pipeline.release import open_release

# Keys that set where and how fast work runs, and do not affect results.
NOT_DECIDING = frozenset({"backend", "download", "ray", "workers"})


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
    write_text(output, yaml.safe_dump(deciding(parameters), sort_keys=True, allow_unicode=True))


def deciding(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Filters parameters to those that affect results.

    Args:
        parameters: nested parameters.

    Returns:
        The parameters without the keys of `NOT_DECIDING`, at any depth.
    """
    return {
        key: deciding(value) if isinstance(value, Mapping) else value
        for key, value in parameters.items()
        if key not in NOT_DECIDING
    }
