"""Name of a run in logs, MLflow and notifications."""

from typing import Any


def run_name(run_params: dict[str, Any]) -> str:
    """Name of a run: its pipelines joined by "+"; the default pipeline is "all"."""
    names = run_params.get("pipeline_names") or [run_params.get("pipeline_name") or "__default__"]
    return "+".join(names).replace("__default__", "all")
