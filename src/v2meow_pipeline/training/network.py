"""`fit_network`: trains one of our encoders or tokenizers by its recipe, as `fit` trains a stage."""

from pathlib import Path
from typing import Any

import torch
from pydantic import Field

from v2meow_pipeline.checkpoint import is_current
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config
from v2meow_pipeline.corpus.recipes.recipe import Recipe
from v2meow_pipeline.networks.objective import Examples
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.training.config import FitConfig
from v2meow_pipeline.training.trainer import (
    CHECKPOINT_NAME,
    LOCAL_RUNTIME,
    FitResult,
    Runtime,
    TrainingJob,
    result_of,
    train,
)


class NetworkJob(Config):
    """All that decides what a training run ends with; its fingerprint is the checkpoint's.

    Attributes:
        name: of the network: its recipe, and the kind of its checkpoint.
        settings: its configuration, as JSON values.
        clock: the rates.
        fit: how it is trained.
        trained_on: fingerprint of the examples.
        described: the training clips in words.
        licence: of the training clips, in words.
        revision: of the training code; another one makes finished networks stale.
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
    """Trains a network and keeps the weights with the lowest validation loss.

    Args:
        job: what is trained, and how.
        recipe: of that network.
        examples: what it is trained on.
        workspace: of this job alone; a run that was killed is resumed from it, exactly. Absolute under Ray.
        runtime: what the launcher brings.

    Returns:
        Where the checkpoint lies and how good it is.
    """
    target, fingerprint = workspace / CHECKPOINT_NAME, job.fingerprint()
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
