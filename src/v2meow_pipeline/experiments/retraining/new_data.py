"""Detection of new data since the champion's training."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.ingest import IngestConfig, build_tables
from v2meow_pipeline.corpus.manifest_diff import diff_manifests, known_first
from v2meow_pipeline.errors import ConfigError, V2MeowError
from v2meow_pipeline.experiments.retraining.config import RetrainConfig
from v2meow_pipeline.experiments.retraining.rounds import ROUNDS, Round, decisions, round_id, settle_all
from v2meow_pipeline.source_video import SourceVideo
from v2meow_pipeline.tracking import registry
from v2meow_pipeline.tracking.outage import answers
from v2meow_pipeline.tracking.registry import Version
from v2meow_pipeline.tracking.run_files import read_parquet_of_run
from v2meow_pipeline.tracking.runs import MODEL_TAG, run_tags

MANIFEST = "clip_manifest.parquet"


class CurrentVideos(NamedTuple):
    """All current videos of the corpus, and how they are cut into clips.

    Attributes:
        sources: source videos of the corpus.
        ingest: ingest configuration, which defines how videos are cut into clips.
        clock: clip length and audio sample rate.
        memory: cache folder of probe results of unchanged files.
    """

    sources: Sequence[SourceVideo]
    ingest: IngestConfig
    clock: Clock
    memory: Path


def detect_new_data(
    current: CurrentVideos, known: pd.DataFrame, config: RetrainConfig, parameters: Any, folder: Path
) -> tuple[pd.DataFrame, Round]:
    """Builds the manifest of all current videos, and decides whether a retraining round is due.

    Args:
        current: all current videos, and how they are cut into clips.
        known: manifest of the last training, used if the champion's run did not log one.
        config: retraining configuration.
        parameters: JSON values that affect the challenger.
        folder: retraining folder.

    Returns:
        Manifest with the champion's clips first, and the round.

    Raises:
        ConfigError: when there is no champion, or tracking is disabled.
    """
    name = registered_model()
    settle_all(folder, name)
    champion = registry.champion(name)
    if champion is None:
        raise ConfigError(
            f"The registered model {name} has no champion.",
            "Train (`kedro run`), review the candidate, and promote it: `v2meow registry promote`; all with one --env.",
        )
    before = trained_on(champion, known)
    manifest = known_first(before, build_tables(*current)[0])
    difference = diff_manifests(before, manifest)
    training_ids = set(manifest.loc[manifest["split"] == "train", "clip_id"])
    new = [clip_id for clip_id in [*difference.new, *difference.changed] if clip_id in training_ids]
    settings = [parameters, config.model_dump(mode="json", exclude={"workers", "min_new_clips"})]
    current_id = round_id(champion, manifest, settings)
    earlier = next((decision for _, decision in decisions(folder) if decision.round == current_id), None)
    due = len(new) >= config.min_new_clips and earlier is None
    if earlier is not None:
        why = f"These data were tried against {champion.uri} on {earlier.at}: {earlier.outcome}. {earlier.why}"
    elif due:
        why = f"{difference} since {champion.uri}, {len(new)} of them for training."
    else:
        why = (
            f"Nothing new since {champion.uri}: {difference}, {len(new)} for training; "
            f"{config.min_new_clips} are needed."
        )
    models = str(registry.resolve(champion.uri))
    round_folder = str(folder / ROUNDS / current_id)
    found = Round(
        id=current_id, due=due, why=why, folder=round_folder, champion=champion.uri, models=models, new=tuple(new)
    )
    return manifest, found


def registered_model() -> str:
    """Name of the registered model of the active MLflow run.

    Returns:
        Registered model name.

    Raises:
        ConfigError: when tracking is disabled, so that there is no model registry.
        V2MeowError: when the MLflow store became unreachable during this run.
    """
    tags = run_tags()
    if tags is None and not answers():
        raise V2MeowError(
            "Retraining needs the model registry, and the MLflow store became unreachable during this run.",
            "Start the store and run the same command again; finished steps are kept.",
        )
    if tags is None:
        raise ConfigError(
            "Retraining needs the model registry, but tracking is disabled.", "Set enabled: true in mlflow.yml."
        )
    return tags[MODEL_TAG]


def trained_on(version: Version, otherwise: pd.DataFrame) -> pd.DataFrame:
    """Manifest that a model version was trained on, as logged by its run.

    Args:
        version: registered model version.
        otherwise: fallback for a run that logged none because an earlier run had ingested the data.

    Returns:
        Clip manifest.
    """
    logged = read_parquet_of_run(version.run_id, MANIFEST)
    return otherwise if logged is None else logged
