"""What a training or an evaluation tells the registry."""

import logging
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from v2meow_pipeline.checkpoint import read_config
from v2meow_pipeline.composer import ComposerConfig, describe_bundle
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.evaluation.generate import MODEL
from v2meow_pipeline.models.stages import PATHS
from v2meow_pipeline.tracking.registry import register, score_tags, tag_scores
from v2meow_pipeline.tracking.registry.versions import FINGERPRINT
from v2meow_pipeline.tracking.runs import tag_run

log = logging.getLogger(__name__)


def register_candidate(
    models: Path, composer: ComposerConfig, name: str, made: Collection[str], tags: Mapping[str, str]
) -> None:
    """Registers the models of a folder as the candidate, if a run trained any of their stages.

    Args:
        models: the folder.
        composer: how they are sampled; its path says which stages count.
        name: of the registered model.
        made: catalog entries that the run made.
        tags: of the run; the stages' validation losses are added.
    """
    stages = [spec.name for spec in PATHS[composer.path]]
    if not {f"{stage}.checkpoint" for stage in stages} & set(made):
        return
    try:
        losses = {f"{stage}/val/loss": _loss(models / stage / "checkpoint") for stage in stages}
        version = register(models, composer, name, {**tags, **score_tags(losses)})
    except V2MeowError as error:
        # Such as one stage of three, trained by itself.
        log.warning("The models are not registered: %s", error)
        return
    tag_run({"model": version.tags[FINGERPRINT]})
    log.info("The models are registered as %s (%s).", version.uri, ", ".join(version.aliases))


def score_candidate(
    models: Path, composer: ComposerConfig, name: str, scores: Mapping[str, float], headline: Sequence[str]
) -> None:
    """Tells the version of a folder's models how they scored.

    Args:
        models: the folder.
        composer: how they were sampled.
        name: of the registered model.
        scores: by "system/metric".
        headline: the metrics that are told.
    """
    ours = {metric: scores[f"{MODEL}/{metric}"] for metric in headline if f"{MODEL}/{metric}" in scores}
    scored = describe_bundle(models, composer).fingerprint
    tag_run({"model": scored})
    tag_scores(name, scored, ours)


def _loss(checkpoint: Path) -> float:
    return float(read_config(checkpoint)["metrics"]["val/loss"])
