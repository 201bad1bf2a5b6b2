"""All checks of an environment."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from v2meow_pipeline.app.doctor import Check, check_encoders, check_ffmpeg, check_packages, check_temporary
from v2meow_pipeline.app.environment import load_config
from v2meow_pipeline.app.preflight.corpus import check_corpus, expected_clips
from v2meow_pipeline.app.preflight.machine import check_disk, check_gpus, check_memory
from v2meow_pipeline.app.preflight.sizes import clip_bytes, model_bytes
from v2meow_pipeline.app.preflight.weights import check_weights
from v2meow_pipeline.app.requirements import trained_networks
from v2meow_pipeline.encoders.registry import PUBLISHED
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.examples.recipes import recipe_of
from v2meow_pipeline.executors.executor import Executor
from v2meow_pipeline.models.stages import PATHS
from v2meow_pipeline.networks.weights import models_folder
from v2meow_pipeline.training.config import FitConfig, check_shares
from v2meow_pipeline.training.sizes import stage_config, stage_sizes
from v2meow_pipeline.training.speed import product_rate


def run_checks(project: Path, env: str, clips: int | None = None) -> Iterator[Check]:
    """Checks what an environment needs.

    Args:
        project: root directory of the project.
        env: configuration environment.
        clips: expected number of clips; None estimates it from the videos.

    Yields:
        One result per check; parameters that are not valid end the checks.

    Raises:
        ConfigError: when there is no such environment.
    """
    parameters = load_config(project, env, "parameters")
    data = project / load_config(project, env, "globals")["data"]
    yield from (check() for check in (check_ffmpeg, check_encoders, check_packages, check_temporary))
    yield _tracking(load_config(project, env, "mlflow"))
    stages = [spec.name for spec in PATHS[parameters["generate"]["composer"]["path"]]]
    parsed = _parameters(parameters, stages)
    yield parsed
    yield from check_corpus(parameters, project)
    if not parsed.ok:
        return
    yield from check_weights(parameters, data / "06_models", env)
    expected = expected_clips(parameters, project) if clips is None else clips
    sizes = clip_bytes(parameters, _cached(parameters))
    yield check_disk(expected, sizes, model_bytes(parameters), data)
    ray = Executor.of(parameters).ray
    yield check_memory(expected, sizes, ray.workers if ray and ray.is_local else 1)
    yield from check_gpus(parameters, stage_sizes(parameters, stages), product_rate(torch.device("cpu"), torch.float32))


def _parameters(parameters: dict[str, Any], stages: list[str]) -> Check:
    """Parses the settings of all trainings, and checks that batches can be divided among the workers."""
    from v2meow_pipeline.training.stage_job import StageFitConfig

    try:
        ray = Executor.of(parameters).ray
        networks = trained_networks(parameters, ablation=True)
        for name in stages:
            stage_config(parameters, name)
            check_shares(StageFitConfig.parse(parameters[name]["train"]), ray.workers if ray else 1)
        for name in networks:
            recipe_of(name).settings.parse(parameters[name]["model"])
            check_shares(FitConfig.parse(parameters[name]["train"]), ray.workers if ray else 1)
    except V2MeowError as error:
        return Check("parameters", False, error.problem, error.remedy)
    return Check("parameters", True, f"valid; trainings: {', '.join([*networks, *stages])}")


def _cached(parameters: dict[str, Any]) -> set[str]:
    """Networks that are trained on cached frames or flow, unless published weights are there."""
    return {name for name in trained_networks(parameters, ablation=True) if not _is_published(name)}


def _is_published(name: str) -> bool:
    return any((models_folder() / name / file).is_file() for file in PUBLISHED.get(name, ()))


def _tracking(mlflow: dict[str, Any]) -> Check:
    from v2meow_pipeline.tracking.outage import require_store

    uri = mlflow.get("tracking_uri")
    try:
        require_store(uri or "")
    except V2MeowError as error:
        return Check("MLflow store", False, error.problem, error.remedy)
    return Check("MLflow store", True, uri or "in the project")
