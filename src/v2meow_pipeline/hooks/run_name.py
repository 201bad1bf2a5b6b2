"""What a run is called in logs, in MLflow and in notifications."""

from typing import Any


def run_name(run_params: dict[str, Any]) -> str:
    """What a run is called: its pipelines, the default one "all"."""
    names = run_params.get("pipeline_names") or [run_params.get("pipeline_name") or "__default__"]
    return "+".join(names).replace("__default__", "all")
