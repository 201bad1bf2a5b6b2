"""Training jobs of encoders and tokenizers, built from parameters and datasets."""

from typing import Any

from v2meow_pipeline.config import Config
from v2meow_pipeline.corpus.clips import clips_of, describe_clips, licences_of
from v2meow_pipeline.examples.epochs import BatchSettings
from v2meow_pipeline.examples.recipes import Sources, recipe_of
from v2meow_pipeline.training.config import FitConfig
from v2meow_pipeline.training.job import TrainingJob
from v2meow_pipeline.training.network_job import NetworkTraining, network_job


def build_network_job(name: str, sources: Sources, model: dict[str, Any], train: dict[str, Any]) -> TrainingJob:
    """Builds the training job of a network by its recipe.

    Args:
        name: recipe name.
        sources: corpus that the training examples come from.
        model: values of the recipe's settings class.
        train: values of `FitConfig`.

    Returns:
        Training job, whose fingerprint includes the data.

    Raises:
        ConfigError: for an unknown recipe name or invalid values.
    """
    recipe, fit = recipe_of(name), FitConfig.parse(train)
    settings: Config = recipe.settings.parse(model)
    examples = recipe.examples(settings, sources, BatchSettings(fit.batch_size, fit.seed, fit.val_clips))
    clip_ids = clips_of(sources.manifest, "train")
    spec = NetworkTraining(
        name=name,
        settings=settings.model_dump(mode="json"),
        clock=sources.clock,
        fit=fit,
        trained_on=examples.fingerprint,
        described=describe_clips(sources.manifest, clip_ids),
        licence=licences_of(sources.manifest, clip_ids),
    )
    return network_job(spec, recipe, examples)
