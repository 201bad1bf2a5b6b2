"""Training of an encoder or tokenizer by its recipe (`fit_network`)."""

from pathlib import Path
from typing import Any

import torch
from pydantic import Field

from v2meow_pipeline.checkpoint import is_current
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config
from v2meow_pipeline.examples.recipes.recipe import Recipe
from v2meow_pipeline.model_store import CHECKPOINT
from v2meow_pipeline.networks.objective import Examples
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.training.config import FitConfig
from v2meow_pipeline.training.trainer import (
    LOCAL_RUNTIME,
    FitResult,
    Runtime,
    TrainingJob,
    result_of,
    train,
)


class NetworkJob(Config):
    """Specification of a network's training run; its fingerprint identifies the checkpoint.

    Attributes:
        name: name of the network: its recipe and the kind of its checkpoint.
        settings: configuration of the network, as JSON values.
        clock: frame rates.
        fit: training settings.
        trained_on: fingerprint of the examples.
        described: description of the training clips.
        licence: licence of the training clips.
        revision: revision of the training code; changing it makes finished networks stale.
    """

    name: str
    settings: dict[str, Any]
    clock: Clock
    fit: FitConfig = Field(default_factory=FitConfig)
    trained_on: str
    described: str = "unknown"
    licence: str = "unknown"
    revision: str = "network-1"


def fit_network(
    job: NetworkJob, recipe: Recipe, examples: Examples, workspace: Path, runtime: Runtime = LOCAL_RUNTIME
) -> FitResult:
    """Trains a network and saves the weights selected by `job.fit.keep`.

    Args:
        job: specification of the run.
        recipe: recipe of the network.
        examples: training and validation batches.
        workspace: directory used by this job only, absolute under Ray; an interrupted run resumes from it exactly.
        runtime: Lightning objects supplied by the launcher.

    Returns:
        Path, metrics and curves of the checkpoint.
    """
    target, fingerprint = workspace / CHECKPOINT, job.fingerprint()
    if is_current(target, fingerprint):
        return result_of(target)
    settings = recipe.settings.parse(job.settings)
    torch.manual_seed(derive_seed(job.fit.seed, "initial weights"))
    objective = recipe.objective(settings, job.clock)
    objective.prepare(examples)
    about = {"licence": job.licence, "trained_on": job.described}
    clock = job.clock if recipe.clocked else None
    training_job = TrainingJob(job.name, objective, examples, job.fit, fingerprint, job.name, settings, clock, about)
    return train(training_job, workspace, runtime)
