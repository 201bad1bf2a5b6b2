"""Training job of an encoder or tokenizer by its recipe (`network_job`)."""

from functools import partial
from typing import Any

import torch
from pydantic import Field

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config
from v2meow_pipeline.examples.recipes.recipe import Recipe
from v2meow_pipeline.networks.objective import Examples
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.training.config import FitConfig
from v2meow_pipeline.training.job import Task, TrainingJob


class NetworkTraining(Config):
    """Specification of a network's training; its fingerprint identifies the checkpoint.

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


def network_job(spec: NetworkTraining, recipe: Recipe, examples: Examples) -> TrainingJob:
    """Training job of a network.

    Args:
        spec: specification of the training.
        recipe: recipe of the network.
        examples: training and validation batches.

    Returns:
        Training job; the network is not built yet.
    """
    settings = recipe.settings.parse(spec.settings)
    return TrainingJob(
        name=spec.name,
        label=spec.name,
        spec=spec,
        config=spec.fit,
        build=partial(_build, spec, settings, recipe, examples),
        kind=spec.name,
        settings=settings,
        clock=spec.clock if recipe.clocked else None,
        about={"licence": spec.licence, "trained_on": spec.described},
    )


def _build(spec: NetworkTraining, settings: Config, recipe: Recipe, examples: Examples) -> Task:
    torch.manual_seed(derive_seed(spec.fit.seed, "initial weights"))
    objective = recipe.objective(settings, spec.clock)
    objective.prepare(examples)
    return Task(objective, examples)
