"""Starts and stops the deployments of a set of models; import only while a Ray session is open."""

import logging
import math
from collections.abc import Mapping
from typing import Any

import ray
from ray import serve

from v2meow_pipeline.composer import ModelSource, composer_of
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.executors.ray.map_workers import PRECISION
from v2meow_pipeline.executors.ray.serving.names import CODEC, ENCODERS, application
from v2meow_pipeline.executors.ray.serving.replicas import CodecReplica, EncoderReplica, StageReplica
from v2meow_pipeline.models.decoding import ROWS
from v2meow_pipeline.models.stages import PATHS

# Requests that a replica accepts; further ones wait in the callers.
ONGOING = 4 * ROWS


def deploy(models: Mapping[str, ModelSource], replicas: Mapping[str, int]) -> None:
    """Starts the deployments of models, and waits until they can be called.

    Args:
        models: models by the name of their deployments.
        replicas: number of replicas of a stage, such as "semantic", of the "encoders", and of the "codec"; 1 if
            missing.

    Raises:
        ConfigError: for replicas of an unknown part.
    """
    logging.getLogger("ray.serve").setLevel(logging.ERROR)
    parts = {(group, part): kind for group, source in models.items() for part, kind in _parts(source).items()}
    known = {part for _, part in parts}
    unknown = sorted(set(replicas) - known)
    if unknown:
        problem = f"There is nothing named {', '.join(unknown)} to replicate."
        raise ConfigError(problem, f"Choose from {', '.join(sorted(known))}.")
    counts = {key: replicas.get(key[1], 1) for key in parts}
    options = _options(sum(counts.values()))
    # No HTTP proxy: only this server's processes call the deployments.
    serve.start(proxy_location="Disabled")
    targets = []
    for (group, part), (kind, arguments) in parts.items():
        deployment = serve.deployment(name=part, num_replicas=counts[group, part], **options)(kind)
        targets.append(serve.RunTarget(deployment.bind(*arguments), name=application(group, part), route_prefix=None))
    serve.run_many(targets)


def _parts(source: ModelSource) -> dict[str, tuple[Any, tuple[Any, ...]]]:
    """Class and arguments of each deployment."""
    folder = source.folder.absolute()
    names = [spec.output for spec in PATHS[composer_of(folder).path]]
    stages: dict[str, Any] = {name: (StageReplica, (folder, name)) for name in names}
    return {**stages, ENCODERS: (EncoderReplica, (folder,)), CODEC: (CodecReplica, (folder,))}


def _options(replicas: int) -> dict[str, Any]:
    """Options of the deployments: all replicas fit on the CPUs of Ray."""
    share = min(1.0, ray.cluster_resources().get("CPU", 1) / replicas)
    actor = {"num_cpus": math.floor(share * PRECISION) / PRECISION}
    return {"ray_actor_options": actor, "max_ongoing_requests": ONGOING}
