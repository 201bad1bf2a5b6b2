"""Whether there is anything to retrain for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.ingest import IngestConfig, build_tables
from v2meow_pipeline.corpus.manifest_diff import diff_manifests, known_first
from v2meow_pipeline.corpus.record import SourceVideo
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.experiments.retraining.config import RetrainConfig
from v2meow_pipeline.experiments.retraining.rounds import ROUNDS, Round, decisions, round_id, settle_all
from v2meow_pipeline.tracking import registry
from v2meow_pipeline.tracking.registry import Version
from v2meow_pipeline.tracking.run_files import read_parquet_of_run
from v2meow_pipeline.tracking.runs import MODEL_TAG, run_tags

MANIFEST = "clip_manifest.parquet"


def detect_new_data(
    sources: Sequence[SourceVideo],
    ingest: IngestConfig,
    clock: Clock,
    known: pd.DataFrame,
    memory: Path,
    config: RetrainConfig,
    parameters: Any,
    folder: Path,
) -> tuple[pd.DataFrame, Round]:
    """The manifest of all videos that there are now, and the round that they are worth.

    Args:
        sources: of the corpus.
        ingest: how they are cut into clips.
        clock: length of a clip and rate of the sound.
        known: the manifest of the last training, for a champion whose run did not keep its own.
        memory: what is known of unchanged files.
        config: of the round.
        parameters: JSON values that decide how the challenger comes out.
        folder: of retraining.

    Returns:
        The manifest, clips that the champion knows first, and the round.

    Raises:
        ConfigError: when there is no champion, or nothing is tracked.
    """
    name = registered_model()
    settle_all(folder, name)
    champion = registry.champion(name)
    if champion is None:
        raise ConfigError(
            f"{name} has no champion to start from.",
            "Train (`kedro run`), look at the candidate, and make it the champion: `v2meow registry promote`.",
        )
    before = trained_on(champion, known)
    manifest = known_first(before, build_tables(sources, ingest, clock, memory)[0])
    news = diff_manifests(before, manifest)
    of_training = set(manifest.loc[manifest["split"] == "train", "clip_id"])
    new = [clip_id for clip_id in [*news.new, *news.changed] if clip_id in of_training]
    settings = [parameters, config.model_dump(mode="json", exclude={"workers", "min_new_clips"})]
    this = round_id(champion, manifest, settings)
    earlier = next((decision for _, decision in decisions(folder) if decision.round == this), None)
    due = len(new) >= config.min_new_clips and earlier is None
    if earlier is not None:
        why = f"These data were tried against {champion.uri} on {earlier.at}: {earlier.outcome}. {earlier.why}"
    elif due:
        why = f"{news} since {champion.uri}, {len(new)} of them for training."
    else:
        why = f"Nothing new since {champion.uri}: {news}, {len(new)} for training; {config.min_new_clips} are needed."
    models = str(registry.resolve(champion.uri))
    place = str(folder / ROUNDS / this)
    found = Round(id=this, due=due, why=why, folder=place, champion=champion.uri, models=models, new=tuple(new))
    return manifest, found


def registered_model() -> str:
    """What the registered model of the active run is called.

    Returns:
        The name.

    Raises:
        ConfigError: when nothing is tracked: there is no registry then.
    """
    tags = run_tags()
    if tags is None:
        raise ConfigError("Retraining needs the registry of models.", "Set enabled: true in mlflow.yml.")
    return tags[MODEL_TAG]


def trained_on(version: Version, otherwise: pd.DataFrame) -> pd.DataFrame:
    """The manifest that a version was trained on: the one that its run kept.

    Args:
        version: of the registered model.
        otherwise: for a run that kept none, since it trained on what an earlier run had ingested.

    Returns:
        The manifest.
    """
    kept = read_parquet_of_run(version.run_id, MANIFEST)
    return otherwise if kept is None else kept
