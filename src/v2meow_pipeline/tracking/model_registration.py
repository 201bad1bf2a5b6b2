"""Registration of trained models, and tagging with evaluation scores."""

import logging
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from v2meow_pipeline.checkpoint import read_config
from v2meow_pipeline.composer import ComposerConfig, describe_bundle
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.evaluation.generate import MODEL
from v2meow_pipeline.model_store import ModelStore
from v2meow_pipeline.models.stages import PATHS
from v2meow_pipeline.tracking.registry import register, score_tags, tag_scores
from v2meow_pipeline.tracking.registry.versions import FINGERPRINT
from v2meow_pipeline.tracking.runs import tag_run

log = logging.getLogger(__name__)


def register_candidate(
    models: Path, composer: ComposerConfig, name: str, made: Collection[str], tags: Mapping[str, str]
) -> None:
    """Registers the models of a folder as candidate, if the run trained at least one of their stages.

    Args:
        models: folder of trained models.
        composer: sampling configuration; its path defines the stages.
        name: registered model name.
        made: names of the catalog datasets that the run produced.
        tags: tags of the run; the stages' validation losses are added.
    """
    stages = [spec.name for spec in PATHS[composer.path]]
    if not {f"{stage}.checkpoint" for stage in stages} & set(made):
        return
    try:
        losses = {f"{stage}/val/loss": _loss(ModelStore(models).stage(stage)) for stage in stages}
        version = register(models, composer, name, {**tags, **score_tags(losses)})
    except V2MeowError as error:
        # For example when only one of three stages is trained.
        log.warning("The models were not registered: %s", error)
        return
    tag_run({"model": version.tags[FINGERPRINT]})
    log.info("Registered the models as %s (%s).", version.uri, ", ".join(version.aliases))


def score_candidate(
    models: Path, composer: ComposerConfig, name: str, scores: Mapping[str, float], headline: Sequence[str]
) -> None:
    """Tags the registered version of the models with their evaluation scores.

    Args:
        models: folder of the evaluated models.
        composer: sampling configuration of the evaluation.
        name: registered model name.
        scores: scores by "system/metric".
        headline: metrics to add as tags.
    """
    model_scores = {metric: scores[f"{MODEL}/{metric}"] for metric in headline if f"{MODEL}/{metric}" in scores}
    model_fingerprint = describe_bundle(models, composer).fingerprint
    tag_run({"model": model_fingerprint})
    tag_scores(name, model_fingerprint, model_scores)


def _loss(checkpoint: Path) -> float:
    return float(read_config(checkpoint)["metrics"]["val/loss"])
