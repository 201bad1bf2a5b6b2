"""Training of encoders and tokenizers by their recipes."""

from functools import partial
from pathlib import Path
from typing import Any

from v2meow_pipeline.checkpoint import is_current
from v2meow_pipeline.config import Config
from v2meow_pipeline.corpus.clips import clips_of, describe_clips, licences_of
from v2meow_pipeline.examples.recipes import Sources, recipe_of
from v2meow_pipeline.executors.executor import Executor
from v2meow_pipeline.executors.train import train_on
from v2meow_pipeline.model_store import CHECKPOINT
from v2meow_pipeline.tracking.runs import child_run
from v2meow_pipeline.training.config import FitConfig
from v2meow_pipeline.training.network import NetworkJob, fit_network
from v2meow_pipeline.training.trainer import FitResult, result_of


def train_network(
    name: str, sources: Sources, model: dict[str, Any], train: dict[str, Any], workspace: Path, executor: Executor
) -> FitResult:
    """Trains a network by its recipe, or returns the existing checkpoint if its fingerprint is current.

    Args:
        name: recipe name.
        sources: corpus that the training examples come from.
        model: values of the recipe's settings class.
        train: values of `FitConfig`.
        workspace: workspace folder of this network; an interrupted training in it is resumed.
        executor: executor of the run.

    Returns:
        Checkpoint and its metrics.

    Raises:
        ConfigError: for an unknown recipe name or invalid values.
    """
    recipe, fit = recipe_of(name), FitConfig.parse(train)
    settings: Config = recipe.settings.parse(model)
    examples = recipe.examples(settings, sources, fit.batch_size, fit.seed, fit.val_clips)
    clip_ids = clips_of(sources.manifest, "train")
    job = NetworkJob(
        name=name,
        settings=settings.model_dump(mode="json"),
        clock=sources.clock,
        fit=fit,
        trained_on=examples.fingerprint,
        described=describe_clips(sources.manifest, clip_ids),
        licence=licences_of(sources.manifest, clip_ids),
    )
    fingerprint = job.fingerprint()
    if is_current(workspace / CHECKPOINT, fingerprint):
        return result_of(workspace / CHECKPOINT)
    with child_run(name, job.model_dump(mode="json")) as child:
        return train_on(executor, partial(fit_network, job, recipe, examples), workspace, fingerprint, child)
